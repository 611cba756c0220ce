"""The judgement: one rule family per file, values in, flags out. No module here knows files, entries or counts.

- `value`         one distinct value, as the rules see it
- `options`       the profile and its options
- `dummies`       obviously replaced values
- `profile`       PS3.15 Table E.1-1, and public elements that it does not list
- `private`       private elements
- `surroundings`  what is around the data elements
- `conflicts`     what contradicts itself between instances
"""
