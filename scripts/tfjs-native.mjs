// Builds tfjs-node's addon against a libtensorflow that can be had here, where tfjs-node's own download is blocked.
// Stands alone (Node's own modules only): it runs in a fresh checkout and out of an installed package alike.
// docs/backends-tfjs-node.md is its manual.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import * as fs from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { basename, dirname, join, resolve, sep } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { createInflateRaw } from 'node:zlib';

const TFJS_NODE = '@tensorflow/tfjs-node';
const TFJS_VERSION = '4.22.0';
// Older TensorFlow wheels hide the C API in a Python extension (<= 2.11) or lack headers (2.12).
const TENSORFLOW_VERSION = '2.15.0';
const WHEEL = `tensorflow_cpu-${TENSORFLOW_VERSION}-cp311-cp311-manylinux_2_17_x86_64.manylinux2014_x86_64.whl`;
const WHEEL_SHA256 = 'f46c795177f6311c83562e05d38dc7d4618f8d3150e6902a4499b875f3f97270';
const HEADERS = ['tensorflow/c', 'tensorflow/core/platform', 'tsl', 'xla/tsl'];
const LIBRARIES = ['libtensorflow_cc.so.2', 'libtensorflow.so.2', 'libtensorflow_framework.so.2'];
const EXIT = { failed: 1, usage: 2, missing: 3 };
const HELP = `node scripts/tfjs-native.mjs [--library PATH] [--seconds N]

Builds ${TFJS_NODE} ${TFJS_VERSION} natively and proves it by a convolution; does nothing where it works already.
  --library PATH  libtensorflow to build against: a .tar.gz of it, a tensorflow_cpu wheel (.whl), or an unpacked folder
  --seconds N     longest time for one download (default 900)
Without --library: the mirror named by TFJS_NODE_BASE_URI, then what an earlier call left in the cache, then the wheel
tensorflow_cpu ${TENSORFLOW_VERSION} (207 MB) from your Python package index.
Exit codes: 0 works, 1 built but does not compute, 2 usage, 3 something is missing (it says what).`;

class Stop extends Error {
  constructor(exitCode, message) {
    super(message);
    this.exitCode = exitCode;
  }
}
const missing = (message) => new Stop(EXIT.missing, message);

const packageRoot = dirname(dirname(fileURLToPath(import.meta.url)));
/** Where node_modules is: the checkout, or the project that has densebench installed. */
const project = packageRoot.split(`${sep}node_modules${sep}`)[0];
const addon = join(project, 'node_modules', ...TFJS_NODE.split('/'));

const say = (line) => console.log(`tfjs-native: ${line}`);

/** Runs a program to its end. Output is kept, and shown by whoever finds the failure. */
function run(command, args, { seconds = 1800, ...options } = {}) {
  const result = spawnSync(command, args, {
    encoding: 'utf8',
    maxBuffer: 2 ** 28,
    timeout: seconds * 1000,
    ...options,
  });
  const output = `${result.stdout ?? ''}${result.stderr ?? ''}`;
  const why = result.error?.code === 'ETIMEDOUT' ? `no end after ${seconds} s` : result.error?.message;
  return { ok: result.status === 0, output: why ? `${output}${why}\n` : output };
}
const tail = (text, lines = 25) => text.trimEnd().split('\n').slice(-lines).join('\n');

// The rules of src/datasets/locate.ts.
function cacheFolder() {
  if (process.platform === 'darwin') return join(homedir(), 'Library', 'Caches', 'densebench');
  const xdg = process.env.XDG_CACHE_HOME;
  return join(xdg?.startsWith('/') ? xdg : join(homedir(), '.cache'), 'densebench');
}

const PROOF = `
  const util = require('node:util');
  util.isNullOrUndefined ??= (value) => value === null || value === undefined;
  const tf = require(${JSON.stringify(TFJS_NODE)});
  const image = tf.tensor4d([0, 1, 2, 3, 4, 5, 6, 7, 8], [1, 3, 3, 1]);
  const sums = tf.conv2d(image, tf.ones([2, 2, 1, 1]), 1, 'valid').dataSync();
  console.log('PROOF ' + tf.getBackend() + ' ' + tf.backend().binding.TF_Version + ' ' + Array.from(sums));`;

/** The version of the TensorFlow that computes here. */
function prove() {
  const { output } = run(process.execPath, ['-e', PROOF], {
    cwd: project,
    env: { ...process.env, TF_CPP_MIN_LOG_LEVEL: '2' },
  });
  const [, version, sums] = /^PROOF tensorflow (\S+) (\S+)$/m.exec(output) ?? [];
  return { version: sums === '8,12,20,24' ? version : undefined, output };
}

function requireCompiler() {
  const has = (command) => run(command, ['--version'], { seconds: 30 }).ok;
  const python = process.env.npm_config_python ?? process.env.PYTHON ?? 'python3';
  const absent = [
    !has('make') && 'make',
    !has(process.env.CXX ?? 'c++') && !has('g++') && !has('clang++') && 'a C++ compiler (g++ or clang++)',
    !has(python) && !has('python') && 'Python 3 (node-gyp runs on it; densebench does not)',
  ].filter(Boolean);
  if (absent.length)
    throw missing(
      `not installed: ${absent.join(', ')}. On Debian and Ubuntu: apt-get install build-essential python3; on Fedora: dnf install gcc-c++ make python3`,
    );
}

/** npm ci takes an optional package away again when its own download fails; this puts it back without its script. */
function installPackage() {
  const manifest = join(addon, 'package.json');
  if (fs.existsSync(manifest) && JSON.parse(fs.readFileSync(manifest, 'utf8')).version === TFJS_VERSION) return;
  say(`npm install ${TFJS_NODE}@${TFJS_VERSION}`);
  const flags = ['--no-save', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'];
  const result = run('npm', ['install', ...flags, `${TFJS_NODE}@${TFJS_VERSION}`], { cwd: project });
  if (!result.ok || !fs.existsSync(manifest))
    throw missing(`npm cannot install ${TFJS_NODE}@${TFJS_VERSION} from your registry:\n${tail(result.output)}`);
}

/** The entries of a zip archive below 4 GiB, by its central directory (PKWARE APPNOTE 6.3). */
function zipDirectory(path) {
  const damaged = () => missing(`${path}: not a whole wheel (zip archive); download it again`);
  const { size } = fs.statSync(path);
  const file = fs.openSync(path, 'r');
  try {
    const read = (at, length) => {
      const buffer = Buffer.alloc(length);
      if (at < 0 || fs.readSync(file, buffer, 0, length, at) !== length) throw damaged();
      return buffer;
    };
    const tailBytes = Math.min(size, 65557);
    const end = read(size - tailBytes, tailBytes);
    const last = end.lastIndexOf(Buffer.from('PK\x05\x06', 'latin1'));
    if (last < 0 || last + 22 > tailBytes) throw damaged();
    const directory = read(end.readUInt32LE(last + 16), end.readUInt32LE(last + 12));
    const entries = [];
    for (let at = 0; at < directory.length; ) {
      if (at + 46 > directory.length || directory.readUInt32LE(at) !== 0x02014b50) throw damaged();
      const nameEnd = at + 46 + directory.readUInt16LE(at + 28);
      const local = directory.readUInt32LE(at + 42);
      const header = read(local, 30);
      entries.push({
        name: directory.toString('utf8', at + 46, nameEnd),
        deflated: directory.readUInt16LE(at + 10) === 8,
        packedBytes: directory.readUInt32LE(at + 20),
        bytes: directory.readUInt32LE(at + 24),
        start: local + 30 + header.readUInt16LE(26) + header.readUInt16LE(28),
      });
      at = nameEnd + directory.readUInt16LE(at + 30) + directory.readUInt16LE(at + 32);
    }
    return entries;
  } finally {
    fs.closeSync(file);
  }
}

/** Headers and libraries of a wheel, in pieces: the library alone has 565 MB. */
async function unpackWheel(path, folder) {
  for (const entry of zipDirectory(path)) {
    const inside = entry.name.replace(/^tensorflow\//, '');
    const header = HEADERS.some((name) => inside.startsWith(`include/${name}/`)) && !inside.endsWith('/');
    if (!header && !LIBRARIES.includes(inside)) continue;
    const target = join(folder, header ? inside : join('lib', inside));
    fs.mkdirSync(dirname(target), { recursive: true });
    const out = fs.createWriteStream(target);
    if (entry.bytes === 0) {
      out.end();
      await once(out, 'close');
      continue;
    }
    const packed = fs.createReadStream(path, { start: entry.start, end: entry.start + entry.packedBytes - 1 });
    try {
      await (entry.deflated ? pipeline(packed, createInflateRaw(), out) : pipeline(packed, out));
    } catch (error) {
      throw missing(`${path}: ${entry.name} cannot be unpacked (${error.message}); is the disk full, the wheel whole?`);
    }
    if (fs.statSync(target).size !== entry.bytes) throw missing(`${path}: ${entry.name} is damaged; download it again`);
  }
}

/** What a folder holds of TensorFlow: laid out as libtensorflow's archive, or as an installed Python package. */
function libraryIn(folder) {
  const headers = join(folder, 'include');
  const libraryNamed = (name) =>
    ['lib', '.']
      .flatMap((place) => [name, name.replace('.so.2', '.so')].map((file) => join(folder, place, file)))
      .find((path) => fs.existsSync(path));
  const library = libraryNamed('libtensorflow.so.2') ?? libraryNamed('libtensorflow_cc.so.2');
  const framework = libraryNamed('libtensorflow_framework.so.2');
  const header = (name) => fs.existsSync(join(headers, 'tensorflow', ...name));
  if (!header(['c', 'c_api.h']) || !header(['core', 'platform', 'ctstring.h'])) return undefined;
  if (!library || !framework) return undefined;
  return { headers, library, framework };
}

/** The name that the loader looks for, whatever links lead to the file. */
const soname = (path) => basename(fs.realpathSync(path)).replace(/\.so(\..*)?$/, '.so.2');

function put(source, target) {
  const real = fs.realpathSync(source);
  try {
    // A hard link costs no space and outlives a cleared cache.
    fs.linkSync(real, target);
  } catch {
    fs.copyFileSync(real, target);
  }
}

/** tfjs-node's deps folder, with the names that its build and its loader ask for. */
function stage({ headers, library, framework }) {
  const deps = join(addon, 'deps');
  fs.rmSync(deps, { recursive: true, force: true });
  fs.mkdirSync(join(deps, 'lib'), { recursive: true });
  for (const name of HEADERS)
    if (fs.existsSync(join(headers, name)))
      fs.cpSync(join(headers, name), join(deps, 'include', name), { recursive: true, dereference: true });
  for (const [source, stem] of [
    [library, 'libtensorflow'],
    [framework, 'libtensorflow_framework'],
  ]) {
    const name = soname(source);
    put(source, join(deps, 'lib', name));
    for (const alias of ['.so', '.so.2', '.so.2.9.1'].map((end) => stem + end))
      if (alias !== name) fs.symlinkSync(name, join(deps, 'lib', alias));
  }
}

/** Compiles from source: the addon that can be downloaded is made for another libtensorflow. */
function build() {
  say('npm rebuild (compiles for some 10 to 30 s)');
  fs.rmSync(join(addon, 'lib'), { recursive: true, force: true });
  const env = { ...process.env, npm_config_build_from_source: 'true' };
  const { output } = run('npm', ['rebuild', TFJS_NODE, '--foreground-scripts'], { cwd: project, env });
  const folders = fs.existsSync(join(addon, 'lib')) ? fs.readdirSync(join(addon, 'lib')) : [];
  if (folders.some((name) => fs.existsSync(join(addon, 'lib', name, 'tfjs_binding.node')))) return;
  const errors = output.split('\n').filter((line) => /error|cannot|not found|EAI_|ENOTFOUND/i.test(line));
  throw missing(
    `the addon was not built; node-gyp needs a C++ compiler, make, Python 3 and Node's headers (downloaded once, or named by npm's "nodedir"):\n${errors.slice(0, 12).join('\n') || tail(output)}`,
  );
}

async function fetchWheel(folder, seconds) {
  const path = join(folder, WHEEL);
  const pip = [['pip'], ['pip3'], ['python3', '-m', 'pip']].find(
    ([command, ...args]) => run(command, [...args, '--version'], { seconds: 30 }).ok,
  );
  const [how, failure] = pip ? ['pip', byPip(pip, folder, seconds)] : ['the index', await byIndex(path, seconds)];
  if (failure !== undefined)
    throw missing(
      `${WHEEL} cannot be had by ${how}:\n${failure}\nName a libtensorflow yourself (--library), or a mirror of it (TFJS_NODE_BASE_URI)`,
    );
  const hash = createHash('sha256');
  for await (const piece of fs.createReadStream(path)) hash.update(piece);
  const found = hash.digest('hex');
  if (found !== WHEEL_SHA256)
    throw missing(`${WHEEL}: its SHA-256 is ${found}, ${WHEEL_SHA256} is the published one; it is not used`);
  return path;
}

/** pip knows the user's index, credentials and proxy. Returns why it failed. */
function byPip([command, ...args], folder, seconds) {
  say(`${[command, ...args].join(' ')} download tensorflow_cpu ${TENSORFLOW_VERSION} (207 MB)`);
  const wanted = ['--no-deps', '--only-binary=:all:', '--python-version', '3.11', '--implementation', 'cp'];
  const platforms = ['--platform', 'manylinux_2_17_x86_64', '--platform', 'manylinux2014_x86_64'];
  const quick = ['--retries', '1', '--timeout', '30', '--disable-pip-version-check', '--progress-bar', 'off'];
  const { ok, output } = run(
    command,
    [...args, 'download', ...wanted, ...platforms, ...quick, '-d', folder, `tensorflow-cpu==${TENSORFLOW_VERSION}`],
    { seconds },
  );
  if (ok && fs.existsSync(join(folder, WHEEL))) return undefined;
  // Its other lines name the index, which may be nobody else's business.
  const errors = output.split('\n').filter((line) => line.startsWith('ERROR') || line.startsWith('no end'));
  return errors.join('\n') || tail(output, 6);
}

/** Without pip: the index's own page (PEP 691 in JSON, PEP 503 in HTML). Returns why it failed. */
async function byIndex(path, seconds) {
  const index = (process.env.PIP_INDEX_URL ?? 'https://pypi.org/simple').replace(/\/+$/, '');
  const page = `${index}/tensorflow-cpu/`;
  say(`downloading ${WHEEL} (207 MB) from the index ${process.env.PIP_INDEX_URL ? 'of PIP_INDEX_URL' : 'pypi.org'}`);
  try {
    const signal = AbortSignal.timeout(seconds * 1000);
    const accept = 'application/vnd.pypi.simple.v1+json, text/html;q=0.5';
    const listed = await fetch(page, { headers: { accept }, signal });
    if (!listed.ok) return `the page of tensorflow-cpu was answered with ${listed.status}`;
    const text = await listed.text();
    const href = listed.headers.get('content-type')?.includes('json')
      ? JSON.parse(text).files.find(({ filename }) => filename === WHEEL)?.url
      : [...text.matchAll(/href="([^"]+)"/g)].map(([, url]) => url).find((url) => url.includes(WHEEL));
    if (!href) return `the index does not list ${WHEEL}`;
    const response = await fetch(new URL(href, listed.url), { signal });
    if (!response.ok || !response.body) return `the wheel was answered with ${response.status}`;
    await pipeline(Readable.fromWeb(response.body), fs.createWriteStream(path));
    return undefined;
  } catch (error) {
    return `${error.message}${error.cause ? ` (${error.cause.message})` : ''}`;
  }
}

/** Unpacked once for a user, in a folder of the cache that is complete whenever it is there. */
async function cachedLibrary(seconds) {
  const folder = join(cacheFolder(), 'libtensorflow', `${TENSORFLOW_VERSION}-linux-x64`);
  const there = libraryIn(folder);
  if (there) {
    say(`libtensorflow ${TENSORFLOW_VERSION} from the cache: ${folder}`);
    return there;
  }
  fs.mkdirSync(dirname(folder), { recursive: true });
  const unfinished = fs.mkdtempSync(`${folder}.`);
  const scratch = fs.mkdtempSync(join(tmpdir(), 'densebench-wheel-'));
  try {
    await unpackWheel(await fetchWheel(scratch, seconds), unfinished);
    if (!libraryIn(unfinished)) throw missing(`${WHEEL} does not hold the C library; is it the published one?`);
    fs.rmSync(folder, { recursive: true, force: true });
    fs.renameSync(unfinished, folder);
  } finally {
    for (const rest of [unfinished, scratch]) fs.rmSync(rest, { recursive: true, force: true });
  }
  say(`libtensorflow ${TENSORFLOW_VERSION} kept for other checkouts: ${folder}`);
  return libraryIn(folder);
}

/** A library that the user names; archives are unpacked into `scratch`. */
async function namedLibrary(path, scratch) {
  let folder = path;
  if (!fs.statSync(path).isDirectory()) {
    folder = scratch;
    if (path.endsWith('.whl')) await unpackWheel(path, scratch);
    else {
      const { ok, output } = run('tar', ['-xf', path, '-C', scratch]);
      if (!ok) throw missing(`--library ${path}: tar cannot unpack it:\n${tail(output, 5)}`);
    }
  }
  const found = libraryIn(folder);
  if (!found)
    throw missing(
      `--library ${path}: no TensorFlow C library in it; needed are include/tensorflow/c/c_api.h, libtensorflow.so.2 (or libtensorflow_cc.so.2) and libtensorflow_framework.so.2`,
    );
  return found;
}

async function main() {
  let options;
  try {
    options = parseArgs({
      options: { library: { type: 'string' }, seconds: { type: 'string' }, help: { type: 'boolean', short: 'h' } },
    }).values;
  } catch (error) {
    throw new Stop(EXIT.usage, `${error.message}\n${HELP}`);
  }
  if (options.help) return console.log(HELP);
  const seconds = Number(options.seconds ?? 900);
  if (!(seconds > 0)) throw new Stop(EXIT.usage, `--seconds ${options.seconds}: a number above 0 is needed`);
  if (options.library !== undefined && !fs.existsSync(options.library))
    throw new Stop(EXIT.usage, `--library ${options.library}: there is no such file or folder`);

  const before = prove();
  if (before.version && options.library === undefined) {
    say(`${TFJS_NODE} works here: TensorFlow ${before.version}`);
    return;
  }
  const mirror = process.env.TFJS_NODE_BASE_URI ?? process.env.npm_config_TFJS_NODE_BASE_URI;
  const byMirror = options.library === undefined && mirror !== undefined;
  if (!byMirror && (process.platform !== 'linux' || process.arch !== 'x64'))
    throw missing(
      `a libtensorflow is only linked on Linux x64, this is ${process.platform} ${process.arch}; npm install ${TFJS_NODE}@${TFJS_VERSION} downloads one for macOS and Windows, or from TFJS_NODE_BASE_URI`,
    );
  requireCompiler();
  installPackage();
  const scratch = fs.mkdtempSync(join(tmpdir(), 'densebench-tensorflow-'));
  try {
    if (byMirror) {
      say('libtensorflow from TFJS_NODE_BASE_URI');
      fs.rmSync(join(addon, 'deps'), { recursive: true, force: true });
    } else {
      stage(options.library ? await namedLibrary(resolve(options.library), scratch) : await cachedLibrary(seconds));
    }
  } finally {
    fs.rmSync(scratch, { recursive: true, force: true });
  }
  build();
  const { version, output } = prove();
  if (!version) throw new Stop(EXIT.failed, `built, but it does not compute a convolution:\n${tail(output)}`);
  say(`${TFJS_NODE} ${TFJS_VERSION} works: TensorFlow ${version}`);
}

try {
  await main();
} catch (error) {
  if (!(error instanceof Stop)) throw error;
  console.error(`tfjs-native: ${error.message}`);
  process.exitCode = error.exitCode;
}
