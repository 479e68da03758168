// Runs a script of this repository on a bare machine: plain JavaScript for any Node ≥ 20,
// installs the dependencies (Node 24 among them) when they are missing or older than the lock
// file, then hands over to the installed Node.
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, lstatSync, readFileSync, writeFileSync } from 'node:fs';
import { createHash } from 'node:crypto';
import path from 'node:path';

const root = path.resolve(import.meta.dirname, '..');
const modules = path.join(root, 'node_modules');
const stamp = path.join(modules, '.tenantry-lock');
const node = path.join(modules, '.bin', 'node');

function stop(reason) {
  console.error(reason);
  process.exit(69);
}
const missing = (tool, hint) => stop(`${tool} was not found. ${hint}`);

function install() {
  const lock = createHash('sha256')
    .update(readFileSync(path.join(root, 'package-lock.json')))
    .digest('hex');
  if (existsSync(node) && existsSync(stamp) && readFileSync(stamp, 'utf8') === lock) return;
  // npm ci empties the folder first, and would empty that of another checkout.
  if (lstatSync(modules, { throwIfNoEntry: false })?.isSymbolicLink())
    stop(
      `${modules} is a link, and what it leads to was not installed for this package-lock.json. ` +
        'Run the same in the checkout that it belongs to, or remove the link.',
    );
  const started = Date.now();
  console.error('Installing dependencies (npm ci) …');
  const done = spawnSync('npm', ['ci', '--no-fund', '--no-audit', '--loglevel=error'], {
    cwd: root,
    stdio: ['ignore', 2, 2],
  });
  if (done.error) missing('npm', 'It comes with Node.js: install Node.js 20 or newer.');
  if (done.status !== 0) process.exit(done.status ?? 1);
  writeFileSync(stamp, lock);
  console.error(`Dependencies installed in ${((Date.now() - started) / 1000).toFixed(0)} s.`);
}

if (Number(process.versions.node.split('.')[0]) < 20)
  missing('Node.js 20 or newer', `This is ${process.version}.`);
install();

const [script, ...args] = process.argv.slice(2);
const child = spawn(node, [path.join(root, script), ...args], {
  stdio: 'inherit',
  env: {
    // Programs that start often, as in tests, need half the time when Node keeps what it compiled.
    NODE_COMPILE_CACHE: path.join(modules, '.cache', 'node'),
    ...process.env,
    PATH: `${path.join(modules, '.bin')}${path.delimiter}${process.env.PATH}`,
  },
});
// The child decides how to stop; this parent only waits, so that Ctrl-C is handled once.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
child.on('exit', (code, signal) => process.exit(signal ? 1 : (code ?? 1)));
