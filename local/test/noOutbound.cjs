'use strict';
/**
 * Preloaded into a process under test: a connection to anything but this machine is written to the file OUTBOUND_LOG and refused
 * before it leaves. Names are refused too, because looking them up already talks to somebody.
 */
const { appendFileSync } = require('node:fs');
const net = require('node:net');
const dns = require('node:dns');
const dgram = require('node:dgram');

const isHere = (host) => host === undefined || host === 'localhost' || host === '::1' || /^127\./.test(host);
const refuse = (what) => {
  appendFileSync(process.env.OUTBOUND_LOG, `${what}\n`);
  throw new Error(`outbound connection refused by the test: ${what}`);
};

const connect = net.Socket.prototype.connect;
net.Socket.prototype.connect = function (...args) {
  const [options] = Array.isArray(args[0]) ? args[0] : net._normalizeArgs(args);
  if (options.path === undefined && !isHere(options.host)) refuse(`tcp ${options.host}:${options.port}`);
  return connect.apply(this, args);
};
for (const api of [dns, dns.promises])
  for (const name of ['lookup', 'resolve', 'resolve4', 'resolve6', 'resolveTxt', 'resolveSrv']) {
    const original = api[name];
    api[name] = function (host, ...rest) {
      if (!isHere(host)) refuse(`dns ${host}`);
      return original.call(this, host, ...rest);
    };
  }
const send = dgram.Socket.prototype.send;
dgram.Socket.prototype.send = function (...args) {
  const host = args.filter((arg) => typeof arg === 'string').at(-1);
  if (!isHere(host)) refuse(`udp ${host}`);
  return send.apply(this, args);
};
