// Reads a repository with GitHub's own client: an issue with its comments, a pull request with its reviews, and a file.
import { text } from "node:stream/consumers";
import { Octokit } from "@octokit/rest";

const { url, token, owner, repo, issue, pull, path, ref } = JSON.parse(await text(process.stdin));
const octokit = new Octokit({ auth: token, baseUrl: url });
const at = { owner, repo };
const found = await octokit.rest.issues.get({ ...at, issue_number: issue });
const comments = await octokit.paginate(octokit.rest.issues.listComments, { ...at, issue_number: issue, per_page: 1 });
const change = await octokit.rest.pulls.get({ ...at, pull_number: pull });
const reviews = await octokit.rest.pulls.listReviews({ ...at, pull_number: pull });
const file = await octokit.rest.repos.getContent({ ...at, path, ref });
process.stdout.write(
  JSON.stringify({
    issue: { title: found.data.title, labels: found.data.labels.map((label) => label.name ?? label), state: found.data.state },
    comments: comments.map((comment) => comment.body),
    pull: { title: change.data.title, head: change.data.head.ref },
    reviews: reviews.data.map((review) => review.state),
    file: Buffer.from(file.data.content, "base64").toString("utf8"),
  }),
);
