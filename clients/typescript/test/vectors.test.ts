/** Every vector through the client, against the server that QUOTARY_TARGET names. */
import { afterAll, describe } from "vitest";

import { connect } from "../src/node.js";
import { testVectors } from "../src/vitest.js";

describe.skipIf(!process.env.QUOTARY_TARGET)("vectors", () => {
  if (!process.env.QUOTARY_TARGET) return;
  const client = connect();
  afterAll(() => {
    client.close();
  });
  testVectors(client.transport, { require: true });
});
