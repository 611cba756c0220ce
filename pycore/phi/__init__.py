"""The judgement: one rule family per file, values in, flags out. No module here knows files, entries or counts.

- `value`         one distinct value, as the rules see it
- `options`       the profile and its options
- `dummies`       obviously replaced values, and pseudonyms
- `profile`       PS3.15 Table E.1-1, and public elements that it does not list
- `private`       private elements
- `words`         which words are names, which only look like names, and how words are compared
- `text`          identifiers in free text, by their form
- `echo`          what identifies people in the archive, found again elsewhere
- `burned_in`     text and faces in the pixels, as far as the header tells
- `claims`        what an object claims of its de-identification, against what is there
- `surroundings`  what is around the data elements
- `conflicts`     what contradicts itself between instances
"""
