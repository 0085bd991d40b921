// Signs and checks GitHub's webhooks with GitHub's own library.
import { text } from "node:stream/consumers";
import { Webhooks } from "@octokit/webhooks";

const { secret, body, signature } = JSON.parse(await text(process.stdin));
const webhooks = new Webhooks({ secret });
const signed = await webhooks.sign(body);
const accepted = signature === undefined ? null : await webhooks.verify(body, signature);
process.stdout.write(JSON.stringify({ signed, accepted }));
