"""A page of the documentation is carried out as it stands."""

from pathlib import Path

import pytest
from run_page import PageError, carry_out

GOOD = """# A page

```sh
mkdir inner && cd inner
export GREETING=hello
```

The file stands where the commands are:

```python
# file: deep/say.py
print("hello")
```

```sh
cat deep/say.py | tail -n 1
echo "$GREETING" "$(basename "$PWD")"
echo last
```

```output
print("hello")
...
last
```

```text
nothing to do
```
"""


def carried_out(folder: Path, text: str) -> int:
    page = folder / "page.md"
    page.write_text(text, "utf-8")
    return carry_out(page)


def test_every_block_is_carried_out_in_order(tmp_path: Path) -> None:
    assert carried_out(tmp_path, GOOD) == 5


@pytest.mark.parametrize(
    ("before", "after", "fault"),
    [
        ("mkdir inner &&", "false; mkdir inner &&", "page.md:3: sh: exit status 1"),
        ("last\n```\n\n```text", "lost\n```\n\n```text", "page.md:21: output: printed was"),
        ("...\n", "", "page.md:21: output: printed was"),
        ("# file: deep/say.py\n", "", "page.md:10: python: the first line names no file"),
        (GOOD, "no block at all", "no fenced block"),
    ],
)
def test_a_page_that_does_not_hold_says_where(tmp_path: Path, before: str, after: str, fault: str) -> None:
    assert before in GOOD
    with pytest.raises(PageError, match=fault):
        carried_out(tmp_path, GOOD.replace(before, after))
