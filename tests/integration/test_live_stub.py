"""The stub of a live stack, in a process that calls it as the emulator does: each save counts from the next call on."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.integration.live_function import Function, live_function
from tools.local.client import wait_until


@pytest.fixture
def function(tmp_path: Path) -> Iterator[Function]:
    with live_function(tmp_path) as function:
        yield function


def test_each_save_counts_at_the_next_call(function: Function) -> None:
    assert function.call() == 1
    for number in range(20):  # of one size, several within a second
        function.save(f"def handle(event, context): return {number % 10}")
        assert function.call() == number % 10


def test_a_save_of_another_module_counts(function: Function) -> None:
    function.save("NAME = 'a'", "names.py")
    function.save("import names\ndef handle(event, context): return names.NAME")
    assert function.call() == "a"
    function.save("NAME = 'b'", "names.py")
    assert function.call() == "b"
    assert [Path(path).name for (path,) in function.reports("reloaded")] == ["names.py"]


def test_a_save_of_a_linked_folder_counts(function: Function) -> None:
    shared = function.app.parents[1] / "shared"
    shared.mkdir()
    function.app.with_name("shared").symlink_to("../shared")
    for name in ("a", "b"):
        (shared / "names.py").write_text(f"NAME = '{name}'")
        function.save("from shared import names\ndef handle(event, context): return names.NAME")
        assert function.call() == name
    (shared / "names.py").write_text("NAME = 'c'")
    assert function.call() == "c"


def test_a_save_of_the_product_counts(function: Function) -> None:
    assert function.call() == 1
    function.save_core("VALUE = 2")
    assert function.call() == 2


def test_a_broken_save_waits_for_the_next(function: Function) -> None:
    function.save("def handle(event, context) return 1")
    function.begin()
    wait_until(lambda: function.reports("broken"), lambda found: len(found) == 1, "a report")
    function.save("def handler(event, context): return 1")
    wait_until(lambda: function.reports("broken"), lambda found: len(found) == 2, "another report")
    function.save("def handle(event, context): return 'repaired'")
    assert function.answer() == "repaired"
    syntax, name = function.reports("broken")
    assert "SyntaxError: expected ':'" in syntax
    assert "has no attribute 'handle'" in name
    assert len(function.reports("begun")) == 1


def test_it_stops_waiting_before_the_timeout(function: Function) -> None:
    function.save("import nothing_of_this_name")
    assert "NotImportable" in function.call(milliseconds=1_000)["error"]
    function.save("def handle(event, context): return 'repaired'")
    assert function.call(milliseconds=1_000) == "repaired"


def test_what_it_prints_is_reported(function: Function) -> None:
    function.save("def handle(event, context):\n    print('one\\ntwo')\n    print('{\"_aws\": 1}')")
    function.call()
    assert function.reports("line") == ["one", "two"]


def test_a_breakpoint_without_an_editor_is_passed_over(function: Function) -> None:
    function.save("def handle(event, context):\n    breakpoint()\n    return 1")
    assert function.call() == 1
    assert "--debug" in function.reports("line")[0]
