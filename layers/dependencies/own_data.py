"""Makes the data that our own clients read: `own_data.py BOTOCORE` writes the folder own-data beside botocore's data.

botocore lists its 400 services and reads the endpoints of all of them before it makes its first client. The folder has
the services of webhooks/aws/clients.py, as they are but without documentation and examples.
"""

import gzip
import json
import sys
from pathlib import Path
from typing import Any

SERVICES = ("cloudwatch", "dynamodb", "s3", "secretsmanager", "sqs")
_COMMON = ("_retry.json", "partitions.json", "sdk-default-configuration.json")


def main(botocore: Path) -> None:
    """Write the folder."""
    data, own = botocore / "data", botocore / "own-data"
    for service in SERVICES:
        for file in max((data / service).iterdir()).iterdir():  # the latest version
            if not file.name.startswith("examples"):
                _write(own / file.relative_to(data), _without_documentation(_read(file)))
    for name in _COMMON:
        _write(own / name, _read(data / name))
    endpoints = _read(data / "endpoints.json")
    for partition in endpoints["partitions"]:
        partition["services"] = {name: each for name, each in partition["services"].items() if name in SERVICES}
    _write(own / "endpoints.json", endpoints)


def _read(file: Path) -> Any:
    content = file.read_bytes()
    return json.loads(gzip.decompress(content) if file.suffix == ".gz" else content)


def _write(file: Path, content: Any) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.with_name(file.name.removesuffix(".gz")).write_text(json.dumps(content, separators=(",", ":")))


def _without_documentation(content: Any) -> Any:
    """The texts are empty, because botocore reads some of them."""
    match content:
        case dict():
            texts = {name: "" for name, each in content.items() if name == "documentation" and isinstance(each, str)}
            return {name: _without_documentation(each) for name, each in content.items()} | texts
        case list():
            return [_without_documentation(each) for each in content]
    return content


if __name__ == "__main__":
    main(Path(sys.argv[1]))
