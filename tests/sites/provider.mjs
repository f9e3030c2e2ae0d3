// SPDX-License-Identifier: Apache-2.0
//
// An OpenID provider for the tests: npm's oidc-provider, with a form that signs
// in whoever types a name. Each test registers its own client at /reg.
//
//   node provider.mjs ADDRESS PORT

import { createServer } from 'node:http';
import Provider from 'oidc-provider';

const [host, port] = process.argv.slice(2);
const PATIENCE = 60_000;    // ms that a request of its own may take

const page = (title, body) => `<!DOCTYPE html><html lang="en"><meta charset="utf-8">
<link rel="icon" href="data:,"><title>${title}</title><h1>${title}</h1>${body}</html>`;

const SIGN_IN = page('Provider', `<form method="post">
<label for="login">Name</label> <input id="login" name="login">
<button type="submit">Sign in</button></form>`);

function read(request) {
  return new Promise((resolve) => {
    let text = '';
    request.on('data', (part) => { text += part; });
    request.on('end', () => resolve(new URLSearchParams(text)));
  });
}

// What people are: the groups of a name are its parts, "alice.staff".
function findAccount(ctx, sub) {
  const [name, ...groups] = sub.split('.');
  return {
    accountId: sub,
    claims: () => ({
      sub, preferred_username: name, email: `${name}@people.example`, groups,
    }),
  };
}

// Nobody is asked for consent.
async function loadExistingGrant(ctx) {
  const { client, session, provider, params } = ctx.oidc;
  const grant = new provider.Grant({
    clientId: client.clientId, accountId: session.accountId,
  });
  grant.addOIDCScope(params.scope);
  await grant.save();
  return grant;
}

function logoutSource(ctx, form) {
  ctx.body = page('Sign out', `${form}
<button form="op.logoutForm" name="logout" value="yes">Sign out</button>`);
}

const settings = {
  findAccount,
  loadExistingGrant,
  claims: {
    openid: ['sub'], profile: ['preferred_username', 'groups'], email: ['email'],
  },
  cookies: { keys: ['of a provider for tests'] },
  features: {
    backchannelLogout: { enabled: true },
    devInteractions: { enabled: false },
    introspection: { enabled: true },
    registration: { enabled: true },
    rpInitiatedLogout: {
      logoutSource,
      postLogoutSuccessSource: (ctx) => { ctx.body = page('Signed out', ''); },
    },
  },
  httpOptions: () => ({ signal: AbortSignal.timeout(PATIENCE) }),
  interactions: { url: (ctx, interaction) => `/sign-in/${interaction.uid}` },
  pkce: { required: () => false },
  renderError: (ctx, out) => { ctx.body = page('Error', JSON.stringify(out)); },
};

const provider = new Provider(`http://${host}:${port}`, settings);
const serve = provider.callback();

provider.on('server_error', (ctx, error) => console.error(error));
provider.on('backchannel.error', (ctx, error) => console.error(error));

createServer(async (request, response) => {
  if (!request.url.startsWith('/sign-in/')) {
    serve(request, response);
  } else if (request.method === 'POST') {
    const login = { accountId: (await read(request)).get('login') };
    await provider.interactionFinished(request, response, { login });
  } else {
    response.setHeader('Content-Type', 'text/html');
    response.end(SIGN_IN);
  }
}).listen(port, host);
