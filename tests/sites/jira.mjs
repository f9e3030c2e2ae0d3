// SPDX-License-Identifier: Apache-2.0
//
// npm's jira.js as a program uses it: prints, as JSON, who it is, who the found
// issue is by, and the status of making one.
//
//   SITE_TOKEN=... node jira.mjs NODE_MODULES URL USER basic|bearer

import { createRequire } from 'node:module';

const [modules, host, user, scheme] = process.argv.slice(2);
const { Version2Client } = createRequire(`${modules}/`)('jira.js');
const token = process.env.SITE_TOKEN;

const jira = new Version2Client({
  host,
  authentication: scheme === 'basic'
    ? { basic: { email: user, apiToken: token } }
    : { oauth2: { accessToken: token } },
});

const said = {};
try {
  said.name = (await jira.myself.getCurrentUser()).name;
  const found = await jira.issueSearch.searchForIssuesUsingJqlPost({ jql: 'text ~ one' });
  said.reporter = found.issues[0].fields.reporter.name;
  await jira.issues.createIssue({ fields: { summary: 'one' } });
  said.status = 201;
} catch (error) {
  said.status = error.status ?? error.response?.status ?? String(error);
}
console.log(JSON.stringify(said));
