/**
 * A process that ends another one when its own standard input ends: the leash for binaries that are
 * not ours. Arguments: the program's file, then its own.
 */
import { spawn } from 'node:child_process';

const [file = '', ...args] = process.argv.slice(2);
const child = spawn(file, args, { stdio: ['ignore', 'inherit', 'inherit'] });
child.on('error', () => process.exit(127));
child.on('exit', (code) => process.exit(code ?? 1));
process.on('SIGTERM', () => child.kill('SIGTERM'));
process.stdin.on('close', () => child.kill('SIGKILL')).resume();
