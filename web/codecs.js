/// <reference path="./openjpeg.d.ts" />

/**
 * Decodes compressed images with codecs in WebAssembly. Nothing is compiled before the first image that needs it.
 *
 * Two modules: OpenJPEG for JPEG 2000, and one with all the others, which has a plain C interface and needs eleven
 * functions of its host; those are here, so that none of its package's own JavaScript is used. Each runs in a memory of
 * its own: what a damaged image does there reaches nothing else, and after an error that memory is thrown away.
 */

import createOpenJpeg from '@cornerstonejs/codec-openjpeg/decodewasmjs';

/** The files of the modules, as build.py names them. */
export const CODEC_FILES = Object.freeze({ openjpeg: 'codec-openjpeg.wasm', others: 'codec-others.wasm' });

/** @type {Record<string, string>} By the name that the core gives a codec, the function of the module with the others. */
const DECODERS = { jpeg: 'DecodeJpeg', 'jpeg-ls': 'DecodeJpegLs', 'jpeg-xl': 'DecodeJpegXl' };

/** What libjpeg says when an image is damaged; it then goes on with grey. The rest of what it says is no complaint. */
const DAMAGED =
  /premature end of data segment|Premature end of JPEG|bad Huffman code|found marker|Inconsistent progression|arithmetic code/;

/** An instance whose memory has grown beyond this is not kept: WebAssembly never gives memory back. */
const KEEP_BYTES = 1 << 26;

/**
 * @typedef {object} Shape What the image says about itself.
 * @property {number} rows
 * @property {number} columns
 * @property {number} samples Per pixel; 0 where the codec is to find out.
 * @property {number} precision Bits of a sample.
 */

/**
 * @param {(file: string) => ArrayBuffer} read Called once for each module, when it is needed.
 * @returns {(codec: string, data: Uint8Array, shape: Shape) => Uint8Array} Returns the samples, of one byte each up to a
 *   precision of 8 and of two above it, little endian; throws what the codec says of an image that it cannot decode.
 */
export function createCodecs(read) {
  const openjpeg = createJpeg2000(() => read(CODEC_FILES.openjpeg));
  const others = createOthers(() => read(CODEC_FILES.others));
  return (codec, data, shape) => {
    try {
      return codec === 'jpeg-2000' ? openjpeg(data) : others(codec, data, shape);
    } catch (error) {
      // What C++ throws arrives as a trap, without words.
      if (error instanceof WebAssembly.RuntimeError) throw new Error('the image is damaged', { cause: error });
      throw error;
    }
  };
}

/** @param {() => ArrayBuffer} source Of the module. @returns {(data: Uint8Array) => Uint8Array} */
function createJpeg2000(source) {
  /** @type {WebAssembly.Module | undefined} */
  let compiled;
  /** @type {import('@cornerstonejs/codec-openjpeg/decodewasmjs').OpenJpeg | undefined} */
  let codec;
  /** @type {string[]} */
  let complaints = [];

  const listen = (/** @type {string} */ line) => {
    if (line.startsWith('[ERROR]')) complaints.push(line.slice('[ERROR] '.length).trim());
  };

  /** @returns {import('@cornerstonejs/codec-openjpeg/decodewasmjs').OpenJpeg} */
  function start() {
    const module = (compiled ??= new WebAssembly.Module(source()));
    const options = {
      print: listen,
      printErr: listen,
      /** @type {(imports: WebAssembly.Imports, done: (instance: WebAssembly.Instance) => void) => object} */
      instantiateWasm: (imports, done) => {
        const instance = new WebAssembly.Instance(module, imports);
        done(instance);
        return instance.exports;
      },
    };
    // Instantiated at once, it fills in the object that it was given before it returns its promise.
    createOpenJpeg(options);
    return /** @type {any} */ (options);
  }

  return (data) => {
    const { J2KDecoder } = (codec ??= start());
    complaints = [];
    try {
      const decoder = new J2KDecoder();
      decoder.getEncodedBuffer(data.length).set(data);
      decoder.decode();
      if (complaints.length) throw new Error(complaints.join('; '));
      const held = decoder.getDecodedBuffer();
      const decoded = held.slice();
      if (held.buffer.byteLength > KEEP_BYTES) codec = undefined;
      else decoder.delete();
      return new Uint8Array(decoded.buffer);
    } catch (error) {
      codec = undefined;
      if (complaints.length) throw new Error(complaints.join('; '), { cause: error });
      throw error;
    }
  };
}

/** @param {() => ArrayBuffer} source Of the module. @returns {(codec: string, data: Uint8Array, shape: Shape) => Uint8Array} */
function createOthers(source) {
  /** @type {WebAssembly.Module | undefined} */
  let module;
  /** @type {any} The module's exports. */
  let codecs;
  /** @type {string[]} */
  let complaints = [];

  const bytes = (/** @type {number} */ address, /** @type {number} */ length) =>
    new Uint8Array(codecs.memory.buffer, address, length);
  const text = (/** @type {number} */ address, /** @type {number} */ length) =>
    // 'JpegDecoder8::EmitMessage::Corrupt JPEG data …': where it was said helps nobody.
    (new TextDecoder('latin1').decode(bytes(address, length)).split('::').pop() ?? '').trim();

  const host = {
    env: {
      emscripten_notify_memory_growth: () => {},
      onCodecsTrace: () => {},
      onCodecsInfo: (/** @type {number} */ address, /** @type {number} */ length) => {
        const line = text(address, length);
        if (DAMAGED.test(line)) complaints.push(line);
      },
      onCodecsException: (/** @type {number} */ address, /** @type {number} */ length) => {
        throw new Error(text(address, length));
      },
    },
    wasi_snapshot_preview1: {
      // The module neither reads files nor its environment; what its C library asks for is empty.
      environ_get: () => 0,
      environ_sizes_get: (/** @type {number} */ count, /** @type {number} */ size) => {
        bytes(count, 4).fill(0);
        bytes(size, 4).fill(0);
        return 0;
      },
      clock_time_get: (
        /** @type {number} */ _clock,
        /** @type {bigint} */ _precision,
        /** @type {number} */ result,
      ) => {
        bytes(result, 8).fill(0);
        return 0;
      },
      fd_close: () => 0,
      fd_seek: () => 0,
      fd_write: (
        /** @type {number} */ _file,
        /** @type {number} */ parts,
        /** @type {number} */ count,
        /** @type {number} */ result,
      ) => {
        const view = new DataView(codecs.memory.buffer);
        let written = 0;
        for (let part = parts; part < parts + 8 * count; part += 8) written += view.getUint32(part + 4, true);
        view.setUint32(result, written, true);
        return 0;
      },
      proc_exit: (/** @type {number} */ code) => {
        throw new Error(`the codec gave up with code ${code}`);
      },
    },
  };

  function start() {
    module ??= new WebAssembly.Module(source());
    codecs = new WebAssembly.Instance(module, host).exports;
    codecs._initialize();
  }

  return (codec, data, { rows, columns, samples, precision }) => {
    if (!codecs) start();
    complaints = [];
    try {
      const context = codecs.CreateCodecsContext();
      codecs.SetRows(context, rows);
      codecs.SetColumns(context, columns);
      codecs.SetSamplesPerPixel(context, samples);
      // JPEG XL finds out; JPEG is told how wide a sample becomes; JPEG-LS does not ask.
      codecs.SetBitsAllocated(context, codec === 'jpeg-xl' ? 0 : precision > 8 ? 16 : 8);
      codecs.SetBitsStored(context, codec === 'jpeg-xl' ? 0 : precision);
      codecs.SetPixelRepresentation(context, 0);
      codecs.SetPlanarConfiguration(context, 0);
      codecs.SetEncodedBufferSize(context, data.length);
      bytes(codecs.GetEncodedBuffer(context), data.length).set(data);
      const parameters = codecs.CreateDecoderParameters();
      codecs.SetConvertColorspaceToRgb(parameters, 0);
      codecs[/** @type {string} */ (DECODERS[codec])](context, parameters);
      if (complaints.length) throw new Error([...new Set(complaints)].join('; '));
      const decoded = bytes(codecs.GetDecodedBuffer(context), codecs.GetDecodedBufferSize(context)).slice();
      codecs.ReleaseDecoderParameters(parameters);
      codecs.ReleaseCodecsContext(context);
      if (codecs.memory.buffer.byteLength > KEEP_BYTES) codecs = undefined;
      return codec === 'jpeg-xl' && precision > 8 && precision < 16 ? unscaled(decoded, precision) : decoded;
    } catch (error) {
      codecs = undefined;
      throw error;
    }
  };
}

/**
 * libjxl stretches samples over all 16 bits.
 *
 * @param {Uint8Array} stretched @param {number} bits That the image has.
 */
function unscaled(stretched, bits) {
  const highest = (1 << bits) - 1;
  const samples = new Uint16Array(stretched.buffer);
  samples.forEach((sample, index) => {
    samples[index] = Math.round((sample * highest) / 65535);
  });
  return stretched;
}
