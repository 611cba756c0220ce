"""Input that nobody thought of: what must hold for any bytes (`targets`), and where to begin (`corpus`).

- `corpus`   pydicom's files and a few of our own, small ones, by target
- `targets`  bytes -> AssertionError where a promise is broken
- `mutate`   the same changes of the same seeds in every run, in plain Python
- `__main__` runs a target for minutes, led by coverage where atheris is installed: `python3 build.py fuzz`
"""
