"use strict";

// storm has every client make its calls one after the other, all clients at once,
// and counts the answers that belong to another request.
async function storm(clients, calls, request) {
  const result = { answers: 0, strangers: [], errors: [] };
  await Promise.all(
    clients.map(async (client, n) => {
      for (let i = 0; i < calls; i++) {
        await ask(client, variant(request, `${n}-${i}`), result);
      }
      client.close();
    }),
  );
  return result;
}

// variant is the request with an id of its own in every place that comes back.
function variant(request, id) {
  const message = { ...request.message, callId: { callId: id }, body: id };
  return { ...request, ref: id, message, metadata: { id } };
}

function ask(client, request, result) {
  return new Promise((resolve) => {
    client.ProcessMessage(request, (err, response) => {
      if (err) {
        result.errors.push(`${request.ref}: ${err.message}`);
      } else {
        result.answers++;
        const ids = [
          response.message.callId.callId,
          response.message.body,
          response.metadata.id,
        ];
        if (ids.some((id) => id !== request.ref)) {
          result.strangers.push([request.ref, ...ids]);
        }
      }
      resolve();
    });
  });
}

module.exports = { storm };
