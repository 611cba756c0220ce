"""Who is in a zip of medical images, and may it leave? The core: no browser, no network, no clock.

The map of the package, in reading order; a module imports only from those above it:

- `errors`      what is raised when a request cannot be done
- `findings`    what was noticed, as values: `Flag`, `Finding`, `Problem`
- `standard`    the facts of the Standard in `data/`, loaded as typed rows
- `archive`     files -> `Entry`s, every one accounted for, and their bytes (zip: APPNOTE §4.3)
- `part10`      entry bytes -> File Meta Information, and where the Data Set begins (PS3.10 §7.1)
- `elements`    bytes -> data elements, each with its path (PS3.5 §7)
- `forms`       whether a value has the form that its VR asks for (PS3.5 §6.2)
- `masking`     value -> what may be shown of it
- `paths`       paths of elements: their order, and without the numbers of Items
- `phi`         one rule family per file: value -> flags
- `carriers`    bytes of any kind -> the texts inside, and flags on data elements that carry more than text
- `hierarchy`   instances -> Patient, Study, Series (PS3.3 §A.1.2)
- `pixel_length`  whether uncompressed pixels are as long as their description says
- `content`     whether an object that is no image has what it is about
- `harvest`     what one reader brings home: distinct values and where they occur
- `merging`     several harvests as one; what grows with the entries is held in columns
- `layouts`     how the headers of a series lie in their bytes: what they share is compared, not decoded again
- `harvester`   entries -> harvest
- `directories` whether the files that a DICOMDIR lists are there (PS3.3 §F)
- `judgement`   harvest -> findings, by all rules
- `value_marks` what a reviewer said of distinct values: fine, or must go
- `marks`       all that a reviewer marked: of values, and of what the pictures show
- `pixels`      Pixel Data -> stored values -> RGBA (PS3.3 §C.7.6.3, §C.11)
- `review`      findings -> `Report`: the verdict, and the one place that decides an order
- `folding`     findings as a list to look at: what differs in the numbers of Items alone is one
- `value_table` distinct values as a table, with what was said of each
- `matching`    objects before and after de-identification: which is which
- `pixel_digest`  entry -> digest of its Pixel Data
- `instance_comparison`  instances side by side: what differs, down to the characters
- `variation`   what varies inside a series, and between what
- `reference`   what DICOM names, and how often an archive uses it
- `comparison`  two reports -> what became of every element, what survives, and whether replacements are consistent
- `report_parts`  what every form of the report says beside findings, and under which name it is saved
- `recipes`     findings -> what a tool that de-identifies should do with each element
- `to_ctp`, `to_deid`, `to_dcmodify`   that plan, written for three such tools
- `to_json`, `to_html`, `to_csv`, `to_text`, `to_marks`   `Report` -> text
- `to_comparison`  `Comparison` -> text
- `readable`    dates, times and ages as they are read without doubt
- `raw_values`  the bytes of any value of an instance
- `to_dump`, `to_dicom_json`   one instance -> text
- `links`       which entry holds an instance, and which structure sets belong to an image
- `documents`   objects without pixels -> documents that people read; contours on images
- `protocol`    the conversation with the page: its table
- `session`     the state of one worker: files opened, entries read, questions answered
- `instance_session`  bytes of one value, and one instance as text
- `closer_session`   the same for a closer look: comparison, variation and reference
- `answers`     messages that need no browser to be answered, and errors as the page gets them
- `comparison_session`  the same for two archives, before and after de-identification
- `picture_session`   the same for the worker that draws: the only one with NumPy
- `document_session`   the same for documents and contours, in that worker too
- `glance_session`    what that worker makes in the background: small and composite pictures
- `to_parquet`  `Report` -> a table for those who put many reports together
- `places`      where the files of a review are, for whoever reads them: paths and URLs
- `jobs`        a review in parts, and how it comes together again
- `processes`   by several processes of this machine, which judge together, too
- `cluster`     by the machines of a Dask cluster
- `bridge`      the only module that knows the browser
- `without_numpy`   what the command line imports first: pydicom as the page's readers have it
- `__main__`    the command line
"""

__version__ = "0.1.0"
