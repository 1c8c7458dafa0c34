"use strict";

// The conversation with the test that started this process: JSON lines, commands
// on stdin and reports on descriptor 3. stdout and stderr stay free for the
// packages' own logs.

const fs = require("node:fs");
const readline = require("node:readline");

const REPORTS_FD = 3;

// report writes one line before it returns, so that the order of the lines is the
// order in which things happened.
function report(line) {
  let rest = Buffer.from(JSON.stringify(line) + "\n");
  while (rest.length > 0) {
    rest = rest.subarray(write(rest));
  }
}

function write(bytes) {
  try {
    return fs.writeSync(REPORTS_FD, bytes);
  } catch (err) {
    if (err.code === "EAGAIN") return 0;
    throw err;
  }
}

// onCommand calls handle for each command. The process ends with its stdin, so it
// never outlives the test.
function onCommand(handle) {
  const input = readline.createInterface({ input: process.stdin });
  input.on("line", (line) => handle(JSON.parse(line)));
  input.on("close", () => process.exit(0));
}

module.exports = { report, onCommand };
