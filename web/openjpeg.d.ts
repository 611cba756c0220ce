/** What the package of OpenJPEG holds without describing it. */

declare module '@cornerstonejs/codec-openjpeg/decodewasmjs' {
  interface Decoder {
    getEncodedBuffer(size: number): Uint8Array;
    decode(): void;
    getDecodedBuffer(): Uint8Array;
    delete(): void;
  }
  export interface OpenJpeg {
    J2KDecoder: new () => Decoder;
  }
  const createOpenJpeg: (options: object) => Promise<OpenJpeg>;
  export default createOpenJpeg;
}
