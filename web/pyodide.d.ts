/** What the `pyodide` package holds without describing it. */

declare module 'pyodide/pyodide.mjs' {
  export * from 'pyodide';
}

declare module 'pyodide/pyodide.asm.mjs' {
  const createPyodideModule: NonNullable<import('pyodide').PyodideConfig['createPyodideModule']>;
  export default createPyodideModule;
}

/** What workers have and the library of the document does not describe. */
declare class FileReaderSync {
  readAsArrayBuffer(blob: Blob): ArrayBuffer;
}
