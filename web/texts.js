/** Every word that the page shows, in one place, so that other languages can follow. */

import { count } from './format.js';

/** @param {number} n @param {string} one @param {string} [many] */
const plural = (n, one, many = `${one}s`) => `${count(n)} ${n === 1 ? one : many}`;

/** @param {number} value @returns {string} With at most four decimals, and a real minus. */
const short = (value) => String(Number(value.toPrecision(Math.abs(value) >= 1000 ? 8 : 4))).replace('-', '−');

/** What an action code of PS3.15 Table E.1-1 asks for. */
const ACTIONS = {
  X: 'remove',
  Z: 'empty or replace',
  D: 'replace with a dummy',
  U: 'replace the UID',
  C: 'clean',
  K: 'keep',
};

/** @param {string} action @returns {string} What the parts of a code ask for, each said once: 'remove or replace'. */
function actionParts(action) {
  const short = { X: 'remove', Z: 'empty|replace', D: 'replace', U: 'replace the UID', C: 'clean', K: 'keep' };
  const codes = [...action.replace(/[^XZDUCK]/g, '')];
  const words = new Set(codes.flatMap((code) => short[/** @type {'X'} */ (code)].split('|')));
  return [...words].join(', ').replace(/, ([^,]*)$/, ' or $1');
}

export const texts = {
  product: 'DICOM Zip Inspector',
  tagline: 'Who is in this zip of medical images, and may it leave?',

  header: {
    lockBooting: 'Locking the network…',
    lockHeld: 'Network locked',
    lockFailed: 'Network not locked',
    profile: 'Profile',
    watch: (/** @type {number} */ n) => (n ? `Watch list: ${count(n)}` : 'Watch list'),
    hide: 'Hide identifiers',
    reference: 'Reference',
    keys: 'Keys',
    about: 'About',
    open: 'Review another…',
  },

  welcome: {
    what: 'Drop a zip of medical images and read what is in it, who is in it, and whether it may leave.',
    nothingLeaves:
      'Nothing leaves this computer: before a file is accepted, the browser itself cuts this page off from the network.',
    how: 'Every entry of the zip is read here, every identifying element is listed with the rule that names it, and every flag is one click from its element and its picture.',
    drop: 'Drop a zip, DICOM files or a folder here',
    chooseFiles: 'Choose files',
    chooseFolder: 'Choose folder',
    sample: 'Try the sample',
    kept: (/** @type {string} */ name) => `${name} is waiting: it is opened as soon as the network is locked.`,
    loading: 'Getting ready: loading the inspector',
    starting: 'Getting ready: starting Python, trying the lock',
    ready: 'Ready. The network is locked.',
    loaded: (/** @type {string} */ loaded, /** @type {string} */ total) => `${loaded} of ${total}`,
  },

  progress: {
    opening: (/** @type {string} */ name) => `Opening ${name}`,
    reading: (/** @type {string} */ name) => `Reading ${name}`,
    judging: (/** @type {string} */ name) => `Judging ${name}`,
    counts: (/** @type {number} */ done, /** @type {number} */ entries, /** @type {number} */ dicom) =>
      `${count(done)} of ${plural(entries, 'entry', 'entries')}, ${count(dicom)} DICOM`,
    found: (/** @type {number} */ entries) =>
      `Found in ${plural(entries, 'entry', 'entries')}, while the rest is being read:`,
    more: (/** @type {number} */ findings) => `and ${plural(findings, 'more finding')}`,
    entries: (/** @type {number} */ done, /** @type {number} */ all) =>
      `${count(done)} of ${plural(all, 'entry', 'entries')}`,
    cancel: 'Cancel',
  },

  announced: {
    verdict: (/** @type {string} */ word, /** @type {string} */ reason) => `${word}: ${reason}`,
    percent: (/** @type {number} */ part) => `${Math.round(part * 100)} %`,
  },

  ledger: {
    entries: (/** @type {number} */ n) => plural(n, 'entry', 'entries'),
    dicom: (/** @type {number} */ n) => `${count(n)} DICOM`,
    other: (/** @type {number} */ n) => `${count(n)} other`,
    folder: (/** @type {number} */ n) => plural(n, 'folder'),
    unreadable: (/** @type {number} */ n) => `${count(n)} unreadable`,
    patients: (/** @type {number} */ n) => plural(n, 'patient'),
    studies: (/** @type {number} */ n) => plural(n, 'study', 'studies'),
    series: (/** @type {number} */ n) => plural(n, 'series', 'series'),
    show: 'Show these entries',
    dates: (/** @type {string} */ first, /** @type {string} */ last) =>
      first === last ? first : `${first} to ${last}`,
    datesWhat: 'First and last Study Date',
    took: (/** @type {number} */ ms) => `${ms < 9950 ? (ms / 1000).toFixed(1) : Math.round(ms / 1000)} s`,
    tookWhat: 'From choosing the file to the verdict',
  },

  password: {
    ask: (/** @type {number} */ n) =>
      `This zip is protected by a password: ${n === 1 ? '1 entry was' : `${count(n)} entries were`} not read.`,
    wrong: (/** @type {number} */ n) =>
      `That password does not open ${n === 1 ? '1 entry' : `${count(n)} entries`}. Try another one.`,
    label: 'Password',
    submit: 'Read again with it',
    promise: 'It is used here, for this zip only, and is never stored.',
  },

  trouble: {
    replaced: 'A reader stopped working while the files were read, and was replaced.',
    rereading: 'The reader stopped working. The files are being read again; your marks are kept.',
    reread: 'The reader stopped working; it was replaced, and the files were read again.',
  },

  verdict: { clean: 'Clean', review: 'Needs review', identified: 'Identified' },

  severity: {
    identifier: { word: 'Identifier', meaning: 'names or numbers a person directly' },
    quasi: { word: 'Quasi', meaning: 'narrows a person down, or names others' },
    review: { word: 'Review', meaning: 'a person must look' },
    info: { word: 'Info', meaning: 'said, but does no harm' },
  },

  where: {
    element: 'Data set',
    'file-meta': 'File Meta Information',
    preamble: 'Preamble, before the data set',
    trailing: 'Bytes after the data set',
    'entry-name': 'Name of a file or folder',
    archive: 'The archive itself',
    'other-file': 'Other file',
    embedded: 'Inside of a document or file',
    pixel: 'Picture',
  },

  rules: {
    profile: (/** @type {string} */ action) => `Profile: ${actionParts(action)}`,
    /** By the name of the rule in the report. @type {Record<string, string>} */
    others: {
      'age-above-89': 'Profile: age above 89',
      'unknown-element': 'Unknown element',
      'file-meta': 'File meta: names a system',
      'birth-date-not-in-table': 'Beyond the profile: birth date',
      'date-not-in-table': 'Beyond the profile: date',
      'device-not-in-table': 'Beyond the profile: device',
      'free-text-not-in-table': 'Beyond the profile: free text',
      'id-not-in-table': 'Beyond the profile: ID',
      'location-not-in-table': 'Beyond the profile: place',
      'name-not-in-table': 'Beyond the profile: name',
      'network-not-in-table': 'Beyond the profile: network',
      'signature-not-in-table': 'Beyond the profile: signature',
      'uid-not-in-table': 'Beyond the profile: UID',

      private: 'Private element',
      'private-unsafe': 'Private: known to identify',
      'private-uid': 'Private: UID',
      'private-in-file-meta': 'Private: in the file meta',
      'private-illegal-tag': 'Private: tag not allowed',
      'private-creator': 'Private creator',
      'private-without-creator': 'Private: no creator',
      'private-creator-empty': 'Private creator: empty',
      'private-creator-repeated': 'Private creator: block reserved again',
      'private-creator-twice': 'Private creator: two blocks',
      'private-creator-relocated': 'Private creator: block moved',

      'echo-patient-name': 'Found again: patient’s name',
      'echo-patient-id': 'Found again: patient’s number',
      'echo-birth-date': 'Found again: birth date',
      'echo-contact': 'Found again: telephone or e-mail',
      'echo-address': 'Found again: address',
      'echo-watch-list': 'Found: watch list',
      'echo-accession': 'Found again: order or study number',
      'echo-staff': 'Found again: staff',
      'echo-institution': 'Found again: institution',
      'echo-station': 'Found again: name of a machine',
      'echo-device': 'Found again: serial number',

      'named-field': 'Named field',

      'text-accession': 'In text: order or study number',
      'text-account': 'In text: account or plan number',
      'text-address': 'In text: address',
      'text-age': 'In text: age above 89',
      'text-birth-date': 'In text: birth date',
      'text-date': 'In text: date',
      'text-email': 'In text: e-mail',
      'text-initials': 'In text: initials',
      'text-institution': 'In text: institution',
      'text-licence': 'In text: licence',
      'text-national-number': 'In text: national number',
      'text-network': 'In text: network address',
      'text-number': 'In text: long number',
      'text-path': 'In text: path on a computer',
      'text-patient-name': 'In text: patient’s name',
      'text-phone': 'In text: telephone',
      'text-position': 'In text: position on the map',
      'text-possible-name': 'In text: possible name',
      'text-record-number': 'In text: record number',
      'text-serial': 'In text: serial number',
      'text-site': 'In text: site',
      'text-staff-name': 'In text: name of staff',
      'text-uid': 'In text: UID',
      'text-url': 'In text: web address',

      'carrier-audio': 'Carrier: sound',
      'carrier-curve': 'Carrier: curve',
      'carrier-document': 'Carrier: document',
      'carrier-encrypted': 'Carrier: encrypted content',
      'carrier-icon': 'Carrier: small picture',
      'carrier-nested-pixels': 'Carrier: picture inside a sequence',
      'carrier-overlay': 'Carrier: overlay',
      'carrier-overlay-bits': 'Carrier: overlay in the pixels’ bits',
      'carrier-padding': 'Carrier: padding',
      'carrier-second-pixels': 'Carrier: second picture',

      preamble: 'Preamble: not empty',
      'preamble-tiff': 'Preamble: TIFF',
      'preamble-executable': 'Preamble: program',
      'trailing-padding': 'After the data set: padding',
      'trailing-bytes': 'After the data set: bytes',
      'other-file': 'Not DICOM',
      'empty-file': 'Empty file',
      comment: 'Comment',

      'burned-in-annotation': 'Burned in: the header says so',
      'burned-in-text': 'Burned in: text is possible',
      'marked-must-go': 'Reviewer: must go',
      'burned-in-seen': 'Burned in: text was seen',
      'burned-in-unsure': 'Burned in: unsure',
      'recognizable-face': 'Recognizable face',

      'claim-identifiers-remain': 'Claim: identity removed, yet it is there',
      'claim-without-method': 'Claim: without a method',
      'claim-identity-kept': 'Claim: identity is kept',
      'claim-private-remain': 'Claim: private elements remain',
      'claim-profile': 'Claim: profile not kept',
      'claim-pixels-cleaned': 'Claim: pixels cleaned',
      'claim-both-dates': 'Claim: two about dates',
      'claim-dates': 'Claim: dates',
      'claim-dates-retained': 'Claim: dates remain, unsaid',

      'patient-id-two-names': 'Conflict: one ID, two names',
      'study-two-patients': 'Conflict: one study, two patients',
      'series-two-studies': 'Conflict: one series, two studies',
      'sop-instance-twice': 'Conflict: one UID, two objects',
    },
  },

  tree: {
    label: 'Patients, studies and series',
    noPatient: 'No Patient ID',
    noName: 'no name',
    study: 'Study',
    series: 'Series',
    instances: (/** @type {number} */ n) => plural(n, 'instance'),
    empty: 'No DICOM was found.',
    flags: (/** @type {number} */ n, /** @type {string} */ severity) => plural(n, `${severity} finding`),
  },

  tabs: {
    findings: 'Findings',
    values: 'Values',
    private: 'Private',
    elements: 'Elements',
    pictures: 'Pictures',
    files: 'Files',
    problems: 'Problems',
    document: 'Document',
    'before-after': 'Before/after',
    compare: 'Compare',
    varies: 'What varies',
    more: 'More',
  },

  beforeAfter: {
    title: 'Before and after de-identification',
    what: 'Compare what was reviewed here with the same objects after de-identification: what was removed, replaced, kept and added, whether replacements are consistent, and what of before survives anywhere after.',
    how: 'Objects are matched even when all UIDs are new. The other file is read on this computer, like this one.',
    choose: 'Choose the file after de-identification…',
    another: 'Compare with another file…',
    button: 'Before/after…',
    dropBefore: 'Drop here to review it instead',
    dropAfter: 'Drop here to compare: it is the file after de-identification',
    progress: 'How far it is',
    cancel: 'Cancel',
    cancelled: 'The comparison was cancelled.',
    notAfter: (/** @type {string} */ sentence) => `The file after could not be compared. ${sentence} The review stays.`,
    doing: {
      reading: (/** @type {string} */ name) => `Reading ${name}, the file after`,
      comparing: (/** @type {string} */ name) => `Comparing with ${name}`,
      pixels: (/** @type {string} */ name) => `Reading the pixels of both files, to compare with ${name}`,
    },
    heading: (/** @type {string} */ before, /** @type {string} */ after) => `${before} before, ${after} after`,
    verdict: { clean: 'Consistent', review: 'Needs a look', identified: 'Identifiers survive' },
    byItself: 'The file after by itself:',
    objects: (
      /** @type {{matched: number, matched_by: Record<string, number>, only_before: number, only_after: number}} */ one,
    ) => {
      const by = Object.entries(one.matched_by).map(([how, n]) => `${count(n)} by ${how}`);
      const how = by.length ? ` (${by.join(', ')})` : '';
      return `${plural(one.matched, 'object')} found on both sides${how}; ${count(one.only_before)} only before, ${count(one.only_after)} only after.`;
    },
    alike: (/** @type {number} */ n) =>
      `${plural(n, 'object')} of before can be told apart only by the pixels: compare those, too.`,
    pixels: (/** @type {Record<string, any> | null} */ one) => {
      if (!one) return 'Pixels were not compared yet.';
      const parts = [
        [one.same, 'the same'],
        [one.changed.count, 'changed'],
        [one.recoded.count, 'in another coding, which cannot be compared'],
        [one.removed.count, 'removed'],
        [one.added.count, 'added'],
        [one.unreadable.count, 'unreadable'],
      ].filter(([n]) => n);
      return parts.length
        ? `Pixels: ${parts.map(([n, what]) => `${count(/** @type {number} */ (n))} ${what}`).join(', ')}.`
        : 'There are no pixels.';
    },
    readPixels: 'Compare the pixels, too',
    none: 'nothing',
    nothing: '(no element)',
    empty: '(empty)',
    more: (/** @type {number} */ n) => `${count(n)} more are in the saved report.`,
    survivors: 'Survives: what named someone or something before, found after',
    survivorColumns: ['Severity', 'Where', 'What', 'Files', 'Values after'],
    rules: { 'identity-kept': 'The same value as before', 'uid-kept': 'A UID of before' },
    inconsistencies: 'Inconsistent replacements',
    inconsistencyColumns: ['What', 'Before → after', 'Where', 'Times'],
    inconsistent: {
      'id-split': 'One Patient ID became several',
      'id-merged': 'Several Patient IDs became one',
      'uid-split': 'One UID became several',
      'uid-merged': 'Several UIDs became one',
      'value-split': 'One name or number became several',
      'date-shift': 'Dates moved by different numbers of days',
    },
    partlyKept: '(kept in some places)',
    days: (/** @type {string} */ patient, /** @type {string[]} */ days) => `${patient}: ${days.join(', ')} days`,
    lost: 'Lost, though neither the profile nor a finding asked for it',
    lostColumns: ['Element', 'Objects', 'Examples'],
    alone: 'Objects without a partner',
    aloneColumns: ['Side', 'Entry'],
    before: 'only before',
    after: 'only after',
    tooAlike: ', too much like others',
    elements: 'Elements that changed',
    elementColumns: ['Element', 'Profile asks', 'Objects', 'Examples'],
    fates: { removed: 'removed', emptied: 'emptied', replaced: 'replaced', kept: 'kept', added: 'added' },
    save: 'Save the comparison:',
    formats: { html: 'HTML', json: 'JSON', text: 'Text' },
    saveMasked: 'values masked',
  },

  sideBySide: {
    label: 'Instances side by side',
    filter: 'Filter elements',
    kind: 'Which elements',
    kinds: {
      differs: 'Only what differs',
      all: 'All elements',
      different: 'Different values',
      missing: 'Missing in one',
      equal: 'Equal',
    },
    element: 'Element',
    agreement: 'Whether they agree',
    letters: ['A', 'B', 'C'],
    signs: { equal: '=', different: '≠', missing: '∅', unread: '?' },
    words: {
      equal: 'equal',
      different: 'different',
      missing: 'missing in one',
      unread: 'not compared: too long',
    },
    counts: (/** @type {Record<'equal' | 'different' | 'missing' | 'unread', number>} */ one) =>
      [
        `${count(one.different)} different`,
        `${count(one.missing)} missing`,
        `${count(one.equal)} equal`,
        one.unread && `${count(one.unread)} not compared`,
      ]
        .filter(Boolean)
        .join(' · '),
    noElement: '(no element)',
    empty: '(empty)',
    differs: 'differs',
    differsFrom: (/** @type {number} */ byte) => `differs from byte ${count(byte + 1)} on`,
    hiddenDiffers: 'hidden, and differs',
    title: 'Compare instances side by side',
    what: 'Up to three objects, element by element, with what differs marked down to the characters.',
    how: 'Choose an object in the tree, the files or the findings and press C, or the button below. One object of each of two series, or two slices of one, tell most.',
    one: 'Choose another object and add it, too: then what differs is marked.',
    add: 'Add the chosen object',
    addShort: 'Compare',
    addWhat: 'Add this object to the comparison (C)',
    removeShort: 'Compared',
    removeWhat: 'Take this object out of the comparison (C)',
    remove: (/** @type {string} */ letter) => `Take ${letter} out`,
    clear: 'Compare none',
    varies: 'What varies in this series',
    showElement: (/** @type {string} */ letter) => `Show the element in ${letter}`,
    reading: 'Comparing…',
    none: 'No element differs.',
    noMatch: 'No element matches the filter.',
    pick: 'Choose an element to read its values in full.',
    added: (/** @type {number} */ n) =>
      n < 2
        ? 'Added to the comparison: 1 object.'
        : `Added to the comparison: ${count(n)} objects. The tab Compare shows them.`,
    removed: (/** @type {number} */ n) => `Taken out of the comparison: ${plural(n, 'object')} left.`,
    replaced: 'Three objects can be compared: this one took the place of the third.',
    notDicom: 'This entry has no data elements to be compared.',
    vr: (/** @type {string} */ vr) => `VR ${vr}`,
  },

  varies: {
    label: 'Elements that vary in this series',
    filter: 'Filter elements and values',
    columns: { element: 'Element', range: 'From … to, or examples', distinct: 'Values', missing: 'Missing in' },
    title: (/** @type {number} */ instances, /** @type {number} */ varying, /** @type {number} */ elements) =>
      `Series of ${plural(instances, 'object')}: ${count(varying)} of ${plural(elements, 'element')} vary`,
    pick: 'Choose an object in the tree, a finding or a file to see what varies in its series.',
    noSeries: 'This entry belongs to no series.',
    reading: 'Looking…',
    none: 'Nothing varies: every element has the same value in all objects of this series.',
    single: 'This series has one object, so there is nothing that could vary between objects.',
    noMatch: 'No element matches the filter.',
    binary: 'Of binary values only their lengths are compared here; Compare looks at their bytes.',
    range: (/** @type {string} */ low, /** @type {string} */ high) => (low === high ? low : `${low} to ${high}`),
    values: 'Values in this series',
    valueColumns: { value: 'Value', files: 'Objects' },
    pickElement: 'Choose an element to see its values, and an object that has each of them.',
    missing: '(no element)',
    empty: '(empty)',
    show: 'What varies in this series (V)',
  },

  reference: {
    title: 'Reference',
    close: 'Close',
    find: 'Find a tag, a name, a keyword, a UID or a code',
    kind: 'What to look in',
    kinds: {
      tags: 'Tags',
      private: 'Private elements',
      vrs: 'Kinds of values (VR)',
      'transfer syntaxes': 'Transfer syntaxes',
      'sop classes': 'Kinds of objects (SOP classes)',
      modalities: 'Modalities',
    },
    used: 'Only what this archive uses',
    label: 'Found in the reference',
    columns: { code: 'Tag or code', name: 'Name', more: 'VR, VM or creator', action: 'Profile', used: 'In use' },
    total: (/** @type {number} */ n) => plural(n, 'entry', 'entries'),
    reading: 'Looking it up…',
    none: 'Nothing is found by that.',
    noneUsed: 'Nothing of that is in use here. Without a reviewed file, nothing is in use.',
    pick: 'Choose an entry to read what it is.',
    unknown: 'No table that is known here names it.',
    noName: 'unknown',
    retired: 'Retired: the Standard does not use it any more',
    retiredShort: 'retired',
    usedTimes: {
      tags: (/** @type {number} */ n) => `occurs ${plural(n, 'time')}`,
      private: (/** @type {number} */ n) => `occurs ${plural(n, 'time')}`,
      vrs: (/** @type {number} */ n) => `${plural(n, 'element')} of this kind`,
      'transfer syntaxes': (/** @type {number} */ n) => plural(n, 'object'),
      'sop classes': (/** @type {number} */ n) => plural(n, 'object'),
      modalities: (/** @type {number} */ n) => plural(n, 'object'),
    },
    facts: {
      is: 'What it is',
      known: 'Known of it',
      searched: 'Searched for',
      severity: 'Why it matters',
      keyword: 'Keyword',
      creator: 'Private creator',
      vr: 'VR',
      vm: 'VM',
      used: 'In this archive',
      profile: 'Profile asks',
      clause: 'Table',
    },
    searched: 'Its values are looked for everywhere else, too',
    vrWords: (/** @type {{vr: string, name: string, length: string, words: string}} */ one) =>
      `${one.vr}, ${one.name}: ${one.words} (${one.length})`,
    vm: (/** @type {string} */ vm) => (vm === '1' ? '1: one value' : `${vm}: how many values it has`),
    nothingAsked: 'nothing: the table does not list it',
    options: (/** @type {string} */ title, /** @type {string} */ action, /** @type {boolean} */ chosen) =>
      `${action} with ${title}${chosen ? ' (chosen)' : ''}`,
    basic: (/** @type {string} */ action) => `${action} in the Basic Profile`,
    more: 'More in the reference',
    failed: (/** @type {string} */ why) => `It could not be looked up. ${why}`,
    about: (/** @type {string} */ code) => `What is ${code}?`,
  },

  findings: {
    label: 'Findings',
    detail: 'The chosen finding',
    filter: 'Filter findings',
    severity: 'Severity',
    grouping: 'What stands together',
    groupings: { element: 'By element', rule: 'By rule' },
    count: (/** @type {number} */ n) => plural(n, 'finding'),
    items: 'Items',
    places: (/** @type {number} */ n) => `the same at ${plural(n, 'place')} that differ where the path has *`,
    all: 'All',
    columns: {
      severity: 'Severity',
      element: 'Element or place',
      rule: 'Rule',
      files: 'Files',
      distinct: 'Values',
      values: 'Value',
    },
    none: 'Nothing was found.',
    noMatch: 'No finding matches the filter.',
    pick: 'Choose a finding to see its element, its values and its files.',
    action: (/** @type {string} */ code) =>
      code
        ? `${code}: ${[...code.replace(/[^XZDUCK]/g, '')].map((one) => ACTIONS[/** @type {'X'} */ (one)]).join(' or ')}`
        : '',
    published: (/** @type {string} */ host) =>
      `Open the published text at ${host} in a new tab; it is told nothing of your files`,
    rule: 'Rule',
    why: 'Why',
    asks: 'Profile asks',
    creator: 'Private creator',
    distinctValues: (/** @type {number} */ n) => plural(n, 'distinct value'),
    noValues: 'No text to show.',
    more: (/** @type {number} */ n) => `and ${count(n)} more`,
    occurs: (/** @type {number} */ times, /** @type {number} */ files) =>
      `${plural(times, 'occurrence')} in ${plural(files, 'file')}`,
    showElement: 'Show the element',
    showFiles: (/** @type {number} */ n) => `Show ${plural(n, 'file')}`,
  },

  values: {
    label: 'Distinct values',
    detail: 'The chosen value',
    filter: 'Find in values',
    kind: 'Kind of values',
    kinds: {
      all: 'All values',
      flagged: 'Flagged',
      open: 'Flagged, not marked yet',
      marked: 'Marked',
      text: 'Text',
      dates: 'Dates and times',
      uids: 'UIDs',
      private: 'Private',
    },
    columns: { severity: 'Severity', element: 'Element', value: 'Value', files: 'Files', count: 'Count', said: 'Mark' },
    reading: 'Looking…',
    none: 'There are no values.',
    noMatch: 'No value matches.',
    pick: 'Each value of each element is listed once, however many files hold it. Choose one to see what the rules say of it.',
    silent: 'No rule flags this value.',
    onlyCreator: (/** @type {string} */ creator) => `Only private elements of ${creator}`,
    markLabel: 'What you say of the chosen values',
    chosen: (/** @type {number} */ n) => (n ? plural(n, 'value') : 'No value chosen'),
    said: { fine: 'Fine', 'must go': 'Must go' },
    saidMeanings: {
      fine: 'I looked: this value tells nothing about a person. What the rules call identifier or quasi stays so all the same.',
      'must go': 'This value may not leave, whatever the rules say.',
    },
    undo: 'Undo',
    redo: 'Redo',
    open: 'Open the value',
  },

  private: {
    label: 'Private elements by creator',
    detail: 'The chosen creator',
    columns: {
      creator: 'Private creator',
      groups: 'Groups',
      elements: 'Elements',
      files: 'Files',
      distinct: 'Values',
      known: 'What is known of the elements',
    },
    noCreator: 'No creator',
    none: 'There are no private elements.',
    pick: 'Private elements are defined by the maker, not by the Standard. Choose a creator to see what is known of its elements.',
    known: {
      safe: 'safe',
      'curated keep': 'kept by curators',
      'curated delete': 'deleted by curators',
      unknown: 'unknown',
      unsafe: 'known to identify',
    },
    meanings: {
      safe: 'PS3.15 Table E.3.10-1 lists them under this creator.',
      'curated keep': 'The Cancer Imaging Archive kept them in the values it saw; other values may come.',
      'curated delete': 'The Cancer Imaging Archive removes or replaces them.',
      unknown: 'Nobody has said what they hold: look at the values.',
      unsafe: 'They are known to hold what identifies people, places or machines.',
    },
    elements: (/** @type {number} */ n) => plural(n, 'element'),
    counts: (/** @type {number} */ elements, /** @type {number} */ files) =>
      `${plural(elements, 'element')} in ${plural(files, 'file')}`,
    showValues: (/** @type {number} */ n) => `Show ${plural(n, 'distinct value')}`,
  },

  watch: {
    title: 'Watch list',
    close: 'Close',
    what: 'Names and numbers to look for everywhere: in every element, private ones too, in documents, other files and the names of files. One a line; the columns of a table count as lines of their own.',
    promise:
      'The list stays in this page: it is never stored, it never leaves this computer, and it is gone when you close the page. It is used for this review and for the next ones until then.',
    label: 'Names and numbers, one a line',
    placeholder: 'Sample, Anna\n4711-0815',
    load: 'Load a text file…',
    apply: 'Look for them',
    clear: 'Clear',
    count: (/** @type {number} */ n) => `${plural(n, 'line')} to look for`,
    inForce: (/** @type {number} */ n) => `${plural(n, 'line')}, in force`,
    tooMany: (/** @type {number} */ n, /** @type {number} */ most) =>
      `${count(n)} lines are more than the ${count(most)} that can be looked for at once.`,
    loaded: (/** @type {string} */ name, /** @type {string} */ encoding) => `${name} was read as ${encoding}.`,
    tooLarge: (/** @type {string} */ name) => `${name} is larger than a list of names can be.`,
    notText: (/** @type {string} */ name) => `${name} is not a text file.`,
    judging: 'Looking…',
    later: 'They will be looked for in the next review.',
    cleared: 'There is no watch list now.',
    found: (/** @type {number} */ n) => (n ? `Found: ${plural(n, 'finding')}.` : 'None of them was found.'),
    show: 'Show what was found',
  },

  elements: {
    label: 'Data elements of the chosen instance',
    detail: 'The chosen element',
    filter: 'Filter elements',
    flag: 'Flag',
    flags: {
      all: 'All elements',
      flagged: 'Flagged',
      identifier: 'Identifier',
      quasi: 'Quasi',
      review: 'Review',
      info: 'Info',
    },
    columns: { tag: 'Tag', name: 'Name', vr: 'VR', length: 'Length', value: 'Value', flag: 'Flag' },
    pick: 'Choose an instance in the tree, a finding or a file to see its data elements.',
    reading: 'Reading the data elements…',
    notDicom: (/** @type {string} */ status) => `This entry has no data elements: it is ${status}.`,
    noMatch: 'No element matches the filter.',
    open: 'Open the value',
    openBytes: 'Open the value and its bytes',
    openAll: 'Open all',
    closeAll: 'Close all',
    item: (/** @type {number} */ n) => `Item ${count(n)}`,
    emptyItems: (/** @type {number} */ first, /** @type {number} */ last) =>
      first === last ? `Item ${count(first)}: empty` : `Items ${count(first)} to ${count(last)}: empty`,
    undefinedLength: 'undefined',
    noFlags: 'No rule flags this element.',
    pickElement: 'Choose an element to see what the rules say of it.',
    items: (/** @type {number} */ n) => plural(n, 'byte'),
    binary: 'binary',
  },

  instance: {
    menu: 'Take away',
    copy: (/** @type {boolean} */ values) => (values ? 'Copy as text, with identifiers' : 'Copy as text, masked'),
    dump: (/** @type {boolean} */ values) => (values ? 'Save as text, with identifiers' : 'Save as text, masked'),
    json: (/** @type {boolean} */ values) =>
      values ? 'Save as DICOM JSON, with identifiers' : 'Save as DICOM JSON, flagged values left out',
    withValues: 'With the values that the rules flag',
    masked: 'What the rules flag is masked: of texts the form is left, in DICOM JSON nothing.',
    unmasked: 'With identifiers: who reads it knows the patient. Keep it where such data may be.',
    writing: 'Writing…',
    copied: 'Copied.',
    saved: 'Saved.',
    notCopied: 'This browser did not let the page copy. Save it instead.',
  },

  files: {
    label: 'Entries',
    mosaicLabel: 'Entries as tiles',
    filter: 'Filter entries',
    view: 'How they are shown',
    views: { list: 'List', mosaic: 'Mosaic' },
    status: 'Status',
    statuses: { all: 'All', dicom: 'DICOM', other: 'Other', folder: 'Folder', unreadable: 'Unreadable' },
    is: { dicom: 'DICOM', other: 'another kind of file', folder: 'a folder', unreadable: 'unreadable' },
    severity: 'Severity',
    anySeverity: 'Any severity',
    nothingFound: 'Nothing found',
    kind: 'Kind',
    anyKind: 'Any kind',
    noKind: 'No kind',
    counted: (/** @type {string} */ what, /** @type {number} */ n) => `${what} (${count(n)})`,
    sort: 'Sort by',
    sorts: {
      index: 'In order of the archive',
      name: 'By name',
      severity: 'By severity',
      status: 'By status',
      kind: 'By kind',
      size: 'By size',
      patient: 'By patient',
      series: 'By series',
    },
    reverse: 'Reverse',
    columns: {
      index: '#',
      name: 'Name',
      status: 'Status',
      kind: 'Kind',
      size: 'Size',
      patient: 'Patient',
      series: 'Series',
      reason: 'Why',
    },
    legend: 'A tile is a file; colour and pattern tell its series, the shape the gravest finding:',
    pick: 'Choose a file to see what it is.',
    gravest: 'Gravest finding',
    problem: 'Problem',
    read: 'Read',
    inPart: 'In part: Pixel Data or another long value was passed over, so that its checksum could not be verified.',
    showElements: 'Show elements',
    showFinding: 'Show finding',
    noMatch: 'No entry matches the filter.',
    onlyFinding: (/** @type {number} */ n, /** @type {string} */ what) =>
      `${plural(n, 'entry', 'entries')} with ${what}`,
    showAll: 'Show all',
    shown: (/** @type {number} */ n, /** @type {number} */ all) =>
      n === all ? count(all) : `${count(n)} of ${count(all)}`,
  },

  problems: {
    label: 'Problems',
    none: 'Everything could be read.',
    columns: { entry: 'Entry', message: 'Problem' },
    archive: 'The archive',
  },

  document: {
    label: 'Document',
    pick: 'Choose an instance in the tree, a finding or a file to read it as a document.',
    reading: 'Reading the document…',
    notDicom: (/** @type {string} */ status) => `There is no document: this entry is ${status}.`,
    open: 'Show this object',
    notHere: '(not in these files)',
    plot: (/** @type {number} */ channels, /** @type {string} */ time) =>
      `Plot of ${plural(channels, 'channel')}, ${time}`,
    scale: (/** @type {string} */ custom) => `${custom}: small squares are 1 mm`,
    reduced: (/** @type {number} */ samples, /** @type {number} */ columns) =>
      `${count(samples)} samples in ${count(columns)} columns, each from its lowest to its highest`,
    notToScale: '(reduced to fit)',
  },

  picture: {
    label: 'Picture',
    pick: 'Choose an instance to see its picture.',
    loading: 'Drawing…',
    noPicture: (/** @type {string} */ status) => `There is no picture: this entry is ${status}.`,
    video: (/** @type {string} */ name) => `Video of ${name}`,
    unplayable: (/** @type {string} */ words) =>
      `This browser cannot play the video: it is ${words}. Look at all of it in another program before it leaves.`,
    stage: 'Picture: arrow keys walk through the images, ? lists all keys',
    tools: 'View of the picture',
    commands: {
      zoomOut: 'Zoom out (−)',
      zoomIn: 'Zoom in (+)',
      fit: 'Fit to the pane (Z)',
      actual: 'Actual size: a pixel of the image is one of the screen (A)',
      rotate: 'Rotate clockwise (R)',
      flipHorizontal: 'Mirror left and right (H)',
      flipVertical: 'Mirror top and bottom (V)',
      invert: 'Invert black and white (I)',
      reset: 'Reset view and window (0)',
      overlays: 'Overlays (G)',
      contours: 'Contours of structures (L)',
      shutter: 'Shutter: hides what the header wants hidden (S)',
      text: 'Text around the picture (T)',
      patient: 'Name the patient around the picture (N)',
      enlarge: 'Enlarge to the window (F)',
      fullScreen: 'Full screen (Shift F)',
      play: 'Play (C or Space)',
      pause: 'Pause (C or Space)',
      previous: 'Previous image (↑)',
      next: 'Next image (↓)',
    },
    image: 'Image of the series',
    frameOf: (/** @type {number} */ frame, /** @type {number} */ frames) => `${count(frame + 1)} / ${count(frames)}`,
    imageOf: (
      /** @type {number} */ position,
      /** @type {number} */ images,
      /** @type {number} */ frame,
      /** @type {number} */ frames,
    ) => {
      const image = `Image ${count(position + 1)} / ${count(images)}`;
      return frames > 1 && frames !== images ? `${image} · frame ${count(frame + 1)} / ${count(frames)}` : image;
    },
    imageSize: (/** @type {number} */ columns, /** @type {number} */ rows) => `Image ${columns} × ${rows}`,
    viewSize: (/** @type {number} */ width, /** @type {number} */ height) => `View ${width} × ${height}`,
    zoomText: (
      /** @type {number} */ percent,
      /** @type {number} */ degrees,
      /** @type {boolean} */ mirrored,
      /** @type {boolean} */ inverted,
    ) =>
      [`Zoom ${count(percent)} %`, `Angle ${degrees}°`, mirrored && 'mirrored', inverted && 'inverted']
        .filter(Boolean)
        .join(' · '),
    pixel: (/** @type {number} */ row, /** @type {number} */ column, /** @type {string} */ value) =>
      `X ${column} Y ${row} · ${value}`,
    length: (/** @type {number} */ mm) => {
      if (mm >= 1000) return `${count(mm / 1000)} m`;
      if (mm >= 10) return `${count(mm / 10)} cm`;
      return mm >= 1 ? `${mm} mm` : `${Number((mm * 1000).toPrecision(1))} µm`;
    },
    scaleOf: (/** @type {string} */ spacing) => `Scale: ${spacing}`,
    window: 'Window',
    ownWindow: 'As the file says',
    windowText: (/** @type {number} */ width, /** @type {number} */ center, unit = '') =>
      `W ${short(width)}  L ${short(center)}${unit && ` ${unit}`}`,
    windowByHand: (/** @type {number} */ width, /** @type {number} */ center, unit = '') =>
      `By hand · W ${short(width)}  L ${short(center)}${unit && ` ${unit}`}`,
    alt: (/** @type {string} */ name, /** @type {string} */ image) => `Picture of ${name}, ${image}`,
    superseded: 'Another picture was asked for before this one was drawn.',
    shutterHides:
      'A shutter in the header hides part of this picture. What is behind it stays in the file: switch it off to look.',
    overlays: (/** @type {string[]} */ names) =>
      `${names.length === 1 ? 'An overlay is' : `${count(names.length)} overlays are`} drawn over this picture: ${names.join(', ')}.`,
    icc: (/** @type {string} */ profile) => `Colours are shown without the ICC profile of the file (${profile}).`,
    caution: 'No header proves that a picture is free of burned-in text: look.',
  },

  pictures: {
    label: 'Pictures',
    none: 'There are no pictures in this archive.',
    scope: 'Which pictures',
    scopes: { archive: 'All series', series: 'This series' },
    order: 'Order',
    orders: { risk: 'Riskiest first', place: 'By series' },
    next: 'Next unmarked',
    nextWhat: 'Go to the next series without a mark, the riskiest first',
    tally: (
      /** @type {number} */ shown,
      /** @type {number} */ all,
      /** @type {number} */ marked,
      /** @type {number} */ series,
    ) =>
      `${shown < all ? `the first ${count(shown)} of ${plural(all, 'picture')}` : plural(all, 'picture')} · ${count(marked)} of ${plural(series, 'series', 'series')} marked`,
    video: 'Video: choose it to play it',
    frame: (/** @type {number} */ frame, /** @type {number} */ frames) => `${count(frame + 1)}/${count(frames)}`,
    frames: (/** @type {number} */ n) => plural(n, 'frame'),
    risks: {
      said: 'the header says that text is burned in',
      high: 'high risk of burned-in text',
      medium: 'medium risk of burned-in text',
      low: 'low risk of burned-in text',
      '': 'risk not known',
    },
    drawn: (/** @type {number} */ n, /** @type {number} */ all) =>
      n < all ? `${count(n)} of ${plural(all, 'frame')} shown so far` : `All ${plural(all, 'frame')} shown`,
    composites: [
      {
        title: 'Brightest',
        what: 'The brightest that each pixel becomes in any frame: white text of a single frame stays.',
      },
      {
        title: 'Darkest',
        what: 'The darkest that each pixel becomes in any frame: black text of a single frame stays.',
      },
      { title: 'Mean', what: 'The mean over all frames: what is in all of them stays sharp, the rest blurs.' },
    ],
    compositesWhat: 'Made of every frame of the series, each as it is shown by its own window.',
    compositeWaiting: 'All frames in one look: waiting…',
    compositeState: (
      /** @type {{state: string, error: string, frames: number, leftOut: number, videos: number, total: number}} */ {
        state,
        error,
        frames,
        leftOut,
        videos,
        total,
      },
    ) => {
      const all = Math.max(total, frames + leftOut + videos) - videos;
      if (state === 'failed') return error;
      const done = `${count(frames)} of ${plural(all, 'frame')}`;
      if (state === 'running') return `${done} so far…`;
      if (state === 'stopped') return `Stopped after ${done}.`;
      const missing = all - frames - leftOut;
      const watch = videos
        ? ` ${plural(videos, 'video')} ${videos === 1 ? 'is' : 'are'} not in it: play ${videos === 1 ? 'it' : 'them'}.`
        : '';
      if (!all) return watch.trim();
      if (!missing && !leftOut) return `All ${plural(frames, 'frame')} went in.${watch}`;
      const why = [
        missing && `${count(missing)} could not be drawn`,
        leftOut && `${count(leftOut)} of other sizes were left out`,
      ].filter(Boolean);
      return `${done} went in; ${why.join(', ')}.${watch}`;
    },
    stop: 'Stop',
    goOn: 'Go on',
    compositeTitle: (/** @type {string} */ series) => `All frames of ${series} in one`,
    sizes: 'Frames of which size',
    size: (/** @type {number} */ columns, /** @type {number} */ rows, /** @type {number} */ frames) =>
      `${columns} × ${rows}: ${plural(frames, 'frame')}`,
    ofFrames: (/** @type {number} */ frames, /** @type {number} */ columns, /** @type {number} */ rows) =>
      `Shown: ${plural(frames, 'frame')} of ${columns} × ${rows}.`,
    close: 'Close',
    markLabel: 'What you saw in the pictures of this series',
    marks: { 'nothing burned in': 'Nothing burned in', 'burned-in text': 'Burned-in text', unsure: 'Unsure' },
    markMeanings: {
      'nothing burned in': 'I looked, and no text is burned into the pictures of this series.',
      'burned-in text': 'Text that may tell who it is is burned into the pictures: they may not leave.',
      unsure: 'Somebody else has to look.',
    },
    note: 'Note',
    reviewer: 'Your name',
    undo: 'Undo',
  },

  report: {
    menu: 'Report',
    html: 'HTML, to print',
    csv: 'CSV of the findings, for a spreadsheet',
    'csv-values': 'CSV of all values',
    json: 'JSON',
    text: 'Text',
    recipes: 'Make it right: recipes of what was found',
    recipesNote: 'Recipes hold no value, and say what they cannot mend.',
    ctp: 'Script for RSNA CTP (DicomAnonymizer)',
    deid: 'Recipe for pydicom’s deid',
    dcmodify: 'Shell script for dcmodify (DCMTK)',
    ownMarks: 'Your marks',
    marks: 'Save marks, to go on later',
    resume: 'Load saved marks…',
    resuming: 'Comparing the marks with this archive…',
    resumed: (/** @type {number} */ values, /** @type {number} */ series) =>
      `Loaded: marks of ${plural(values, 'value')} and of ${plural(series, 'series', 'series')}.`,
    withValues: 'With values (identifiers not masked)',
    masked: 'Names and values are masked.',
    unmasked: 'The report will contain identifiers.',
    writing: 'Writing the report…',
    hashing: (/** @type {number} */ done, /** @type {number} */ size) =>
      `Reading the archive for its SHA-256: ${count(Math.floor((100 * done) / size))} %`,
    cancel: 'Cancel',
    cancelled: 'Cancelled: nothing was saved.',
  },

  profile: {
    title: 'Judge by',
    profiles: { basic: 'PS3.15 Basic Application Level Confidentiality Profile' },
    optionsTitle: 'with the options',
    none: 'No options are defined.',
    judging: 'Judging again…',
    edition: (/** @type {string} */ edition) => `Edition ${edition} of the DICOM standard`,
  },

  value: {
    title: 'Value',
    close: 'Close',
    asText: 'Text',
    asHex: 'Bytes',
    empty: '(empty)',
    bytes: (/** @type {number} */ start, /** @type {number} */ shown, /** @type {number} */ length) =>
      shown < length
        ? `Bytes ${count(start)} to ${count(start + Math.max(0, shown - 1))} of ${count(length)}, counted from 0.`
        : `${plural(length, 'byte')}.`,
    undefinedLength: 'The file does not state the length: it ends with the next data element, delimiters included.',
    textCut: (/** @type {number} */ shown, /** @type {number} */ all) =>
      `The first ${count(shown)} of ${plural(all, 'character')} are shown.`,
    firstPage: 'First',
    previousPage: 'Previous',
    nextPage: 'Next',
    lastPage: 'Last',
    loading: 'Reading the value…',
    hidden: 'Values are hidden. Switch off “Hide identifiers” to read them.',
  },

  lock: {
    title: 'The network is locked',
    failedTitle: 'The network is not locked',
    bootingTitle: 'The network is being locked',
    guarantee: [
      'This page loaded everything it can ever need, and then told the browser to refuse it every connection, for good: no policy of this kind can be taken back while the page is open.',
      'From then on the browser enforces it, on the page, on its background workers and on the Python inside them: no fault of this page and nothing inside a file can undo it.',
      'Your files are read in place, piece by piece. Nothing of them is uploaded, and nothing of them is stored: the browser keeps the files of this site, so that it opens without network, and no others.',
    ],
    tried: (/** @type {number} */ n) =>
      `What was tried before a file was accepted: ${plural(n, 'attempt')}, all refused`,
    triedFailed: (/** @type {number} */ open, /** @type {number} */ n) =>
      `What was tried: ${count(open)} of ${plural(n, 'attempt')} was not refused`,
    columns: { from: 'From', channel: 'Channel', result: 'Result' },
    from: { page: 'page', worker: 'worker', python: 'Python' },
    refused: (/** @type {string} */ how) => `refused: ${how}`,
    open: 'not refused',
    takenAway: 'taken away from this page, since not every browser has a policy for it',
    silent: 'refused, as is the same for what is in memory; this browser does not say by what',
    checkTitle: 'How to check it yourself',
    check: [
      'Open the developer tools of the browser (F12), choose “Network”, and drop a file: no request appears.',
      'Or pull the network cable, or switch Wi-Fi off, once this page says “Network locked”: everything works as before.',
      'What no page can prevent: extensions that you installed can see pages, and a file that you save or send yourself is out of its hands.',
    ],
    verified: 'Every file of this page was compared with its published SHA-256.',
    unverified:
      'The files of this page could not be compared with their SHA-256, because it was not delivered over HTTPS.',
    close: 'Close',
  },

  keys: {
    title: 'Keys',
    close: 'Close',
    list: [
      ['?', 'this list'],
      ['/', 'filter the list in view'],
      ['↑ ↓ or K J', 'move in a list'],
      ['Home End, Page ↑ Page ↓', 'to the first and last row, a page up and down'],
      ['← →', 'close and open in the tree'],
      ['Enter', 'open: the element of a finding, the value of an element, a file, all frames of a series in one'],
      ['[ ]', 'previous and next image'],
      ['N T U', 'in the pictures: mark the series as nothing burned in, burned-in text, unsure'],
      ['Z M', 'in the pictures: undo a mark; go to the next series without one'],
      ['F X', 'in the values: mark as fine, as must go; again takes the mark away'],
      ['Shift ↑ ↓, Space, Ctrl A', 'in the values: choose several, one more, all'],
      ['Ctrl Z, Ctrl Shift Z', 'undo and redo marks'],
      ['C', 'compare: add the chosen object, or take it out'],
      ['V', 'what varies in the chosen series'],
      ['T', 'what is this tag? Of the row in view'],
      ['R', 'reference of tags, VRs, UIDs and modalities'],
      ['W', 'watch list'],
      ['H', 'hide or show identifiers'],
      ['E', 'while held: show what is hidden'],
      ['P', 'to the picture, and back'],
      ['O', 'choose files'],
      ['Esc', 'close what is open'],
    ],
    anywhere: 'Keys of a single letter, digit or sign work wherever the focus is',
    tabs: (/** @type {number} */ last) => `1 … ${last}`,
    pictureTitle: 'While the picture has the focus',
    picture: [
      ['↑ ↓ ← → or wheel', 'previous and next image'],
      ['Home End', 'first and last image of the series'],
      ['Page ↑ Page ↓', 'previous and next series'],
      ['C or Space', 'play and pause'],
      ['Drag or Shift ← → ↑ ↓', 'window: wider to the right, level up and down'],
      ['1 … 9', 'presets of the window'],
      ['+ − or Ctrl wheel', 'zoom'],
      ['Right drag or Ctrl ← → ↑ ↓', 'move'],
      ['Z A 0', 'fit, actual size, reset'],
      ['R H V I', 'rotate, mirror left and right, top and bottom, invert'],
      ['G L S T N', 'overlays, contours, shutter, text, name of the patient'],
      ['F, Shift F', 'enlarge, full screen'],
    ],
  },

  splitter: { tree: 'Width of the tree', picture: 'Width of the picture' },

  about: {
    title: 'About this page',
    what: 'DICOM Zip Inspector reads a zip of medical images on your own computer, and says who is in it and whether it may leave.',
    version: (/** @type {string} */ version) => `Version ${version}`,
    kept: 'opens without network from now on',
    newVersion: {
      later: 'A new version is here. It is used when you next open this page; nothing changes until then.',
      reload: 'A new version is here. It is used when you next open this page.',
    },
    reload: 'Reload now',
    unknown: 'not known here: the page was not delivered over HTTPS',
    facts: {
      version: 'Version',
      standard: 'Rules',
      build: 'Build',
      offline: 'Without network',
    },
    edition: (/** @type {string} */ edition) => `DICOM PS3.15, edition ${edition}`,
    offline: {
      yes: 'It opens and works: the browser keeps the files of this site, and nothing of yours.',
      no: 'It works once it is open, but needs the network to open: this browser does not keep the site here.',
      unknown: 'Not known yet.',
    },
    download: {
      title: 'The whole page as one file',
      what: 'is this site, for any web server of your own.',
      how: 'Unpack it, run “python3 -m http.server” in its folder, and open http://localhost:8000. It needs no network.',
      copy: 'This is such a copy, from the one file that the published page offers.',
    },
    check: {
      title: 'Check that this is the published build',
      why: 'What a page says about itself proves nothing, so check it from outside. Every file is listed with its SHA-256 in manifest.json, and the same source always gives the same files.',
      steps: (/** @type {string} */ address) => [
        'Take the source of this version, and build it: python3 build.py build',
        `Compare what is served here with what you have built, file by file: python3 build.py verify ${address}`,
        'Or compare by hand: manifest.json of the published release lists the SHA-256 of assets.json, which is the “Build” above; assets.json lists all that this page has loaded.',
        'To depend on no server, serve the build of your own, or the one file above, on your own machine.',
      ],
    },
    made: {
      title: 'What it is made of',
      /** @type {Record<string, string>} */
      files: {
        'licences.txt': 'licences of all that is in it',
        'bom.json': 'software bill of materials (CycloneDX)',
        'manifest.json': 'every file with its size and SHA-256',
      },
    },
    close: 'Close',
  },

  errors: {
    notLocked: (/** @type {string} */ channels) =>
      `This browser did not lock the network. Do not open files here: none is accepted. Not refused: ${channels}.`,
    boot: (/** @type {string} */ reason) =>
      `The inspector could not start: ${reason.replace(/\.?$/, '.')} No file is accepted. Reload the page to try again.`,
    noFiles: 'Nothing was chosen: the folder is empty, or the browser gave no files.',
    crashed: 'The reader stopped working, most likely for lack of memory. Choose the file again to start over.',
    hung: 'The reader did not come to an end and was stopped. Choose the file again to start over.',
    slow: 'The frame cannot be decoded: its decoder took too long and was ended. Most likely the frame is damaged.',
    pictureLost:
      'Drawing this stopped the part of the page that draws, twice, most likely for lack of memory. Look at it in another program before it leaves.',
    harvestLost: 'The result of the review is no longer in memory. Choose the file again to review it once more.',
    incomplete: 'The review is incomplete: not every entry came back from the readers. Choose the file again.',
    cancelled: 'The review was cancelled.',
    noReview: 'No review is finished yet.',
    noEntry: (/** @type {string} */ entry) => `There is no entry ${entry} in what was reviewed.`,
    unknownDtype: (/** @type {string} */ dtype) => `Stored values of type ${dtype} cannot be handed over.`,
  },
};
