"""Pages with a generated part between the markers `<!-- name -->` and `<!-- /name -->`."""


def generated(page: str, name: str) -> str:
    """The text between the markers of a page."""
    return _parts(page, name)[1]


def with_generated(page: str, name: str, text: str) -> str:
    """The page with another text between the markers, each of which is a line of its own."""
    before, _, after = _parts(page, name)
    return f"{before}<!-- {name} -->\n{text}\n<!-- /{name} -->{after}"


def _parts(page: str, name: str) -> tuple[str, str, str]:
    before, rest = page.split(f"<!-- {name} -->\n")
    inside, after = rest.split(f"\n<!-- /{name} -->")
    return before, inside, after
