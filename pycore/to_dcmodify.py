"""`Report` -> a shell script that runs `dcmodify` of DCMTK over a list of files: POSIX sh, everything quoted."""

from __future__ import annotations

import shlex
from collections.abc import Iterator

from pycore.masking import to_line
from pycore.recipes import DUMMIES, Recipe, Step, Treatment, comment_lines, make_recipe
from pycore.review import Report

_NOTES = (
    "To apply it (DCMTK must be installed): sh this-file FILE...   or   find FOLDER -type f -exec sh this-file {} +",
    "The files themselves are changed, and no backup is left, for that would hold what was removed. What dcmodify",
    "cannot read is named and stays as it is. It knows no private creators: private elements are named as they lie in",
    "the archive. It cannot shift dates: those that are to be shifted are emptied. It writes the File Meta Information",
    "anew. UIDs are replaced by digests of the old ones, the same in every file. Patient's Name and Patient ID are",
    "emptied: where patients have to be told apart, write your own pseudonym there, in a script for each patient.",
)

_FIND_UIDS = r"""
# Prints path and value of each UID to be replaced, Items counted, from what dcmdump prints of a file.
find_uids() {
  dcmdump -q -Un -L +Qn "$1" | awk -v wanted="$uids" '
    /^ *\([0-9a-f][0-9a-f][0-9a-f][0-9a-f],[0-9a-f][0-9a-f][0-9a-f][0-9a-f]\)/ {
      match($0, /^ */); depth = RLENGTH / 2; tag = substr($0, RLENGTH + 1, 11); vr = substr($0, RLENGTH + 13, 2)
      if (tag == "(fffe,e000)") { item[depth]++; base[depth + 1] = sequence[depth] "[" item[depth] "]."; next }
      if (vr == "SQ") { sequence[depth + 1] = base[depth] tag; item[depth + 1] = -1; next }
      if (vr == "UI" && index(wanted, tag) && match($0, /\[[0-9.\\]+(\]|\.\.\.)/))
        print base[depth] tag, substr($0, RSTART + 1, RLENGTH - 1)
    }'
}
digest() {
  if command -v sha256sum >/dev/null; then sha256sum; else shasum -a 256; fi
}
# A UID made of 120 bits of the digest of an old one (PS3.5 B.2).
new_uid() {
  hex=$(printf '%s' "$salt $1" | digest)
  low=${hex#???????????????}
  high=${hex%"$low"}
  low=$(printf '%.15s' "$low")
  printf '2.25.%d%019d' "0x$high" "0x$low"
}
# Prints the options that replace the UIDs of a file.
replace_uids() {
  find_uids "$1" | while read -r path old; do
    case $old in
      *...) printf ' -e %s' "$path" ;; # too many in one element for dcmdump to show
      *)
        new=
        for one in $(printf '%s' "${old%]}" | tr '\\' ' '); do
          case $one in
            1.2.840.10008.*) new="$new\\$one" ;; # defined by the Standard
            *) new="$new\\$(new_uid "$one")" ;;
          esac
        done
        printf ' -m %s=%s' "$path" "${new#\\}" ;;
    esac
  done
}
"""

_RUN = r"""
if [ $# -eq 0 ]; then
  echo "usage: sh $0 FILE..." >&2
  exit 64
fi
failed=0
for file in "$@"; do
  case $file in -*) file=./$file ;; esac
  set -f
  modify "$file" || {
    printf 'not done: %s\n' "$file" >&2
    failed=1
  }
  set +f
done
exit "$failed"
"""


def to_dcmodify(report: Report, *, values: bool) -> str:
    """Write the script; `values` changes nothing, for there are none in it."""
    del values
    recipe = make_recipe(report)
    lines = ["#!/bin/sh"]
    lines += [f"# {to_line(line)}".rstrip() for line in comment_lines(recipe, *_NOTES)]
    uids = [step for step in recipe.steps if step.treatment is Treatment.NEW_UID and step.tag >> 16 != 2]
    tags = " ".join(dict.fromkeys(step.path.rpartition("/")[2].lower() for step in uids))
    head = "\n".join(lines)
    find = f"salt={recipe.salt}\nuids={shlex.quote(tags)}\n{_FIND_UIDS}" if uids else ""
    return f"{head}\n{find}{_modify(recipe, bool(uids))}{_RUN}"


def _modify(recipe: Recipe, has_uids: bool) -> str:
    options = [*_options(recipe)]
    given = ' $(replace_uids "$1")' if has_uids else ""
    listed = "".join(f"    {option} \\\n" for option in options)
    return f'\nmodify() {{\n  dcmodify -q -nb -imt{given} \\\n{listed}    "$1"\n}}\n'


def _options(recipe: Recipe) -> Iterator[str]:
    done: dict[str, None] = {}
    for step in recipe.steps:
        if step.tag >> 16 != 2 and step.treatment is not Treatment.NEW_UID:
            done[_option_of(step)] = None
    yield from done
    for tag, _, value in recipe.marks:
        yield f"-i {shlex.quote(f'({tag >> 16:04X},{tag & 0xFFFF:04X})={value}')}"


def _option_of(step: Step) -> str:
    path = step.path.replace("/", ".")
    match step.treatment:
        case Treatment.REMOVE:
            return f"-e {shlex.quote(path)}"
        case Treatment.DUMMY:
            return f"-m {shlex.quote(f'{path}={DUMMIES[step.vr]}')}"
        case _:
            return f"-m {shlex.quote(f'{path}=')}"
