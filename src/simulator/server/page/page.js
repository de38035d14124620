// The live view of the simulated world; it asks the simulator's own API twice a second.
import { Guest } from './guest.js';

const EVERY_MS = 500;
const $ = (id) => document.getElementById(id);

// Makes an element: attributes that are undefined or false are left out, text never becomes markup.
const make = (name, attributes = {}, ...children) => {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (value !== undefined && value !== false) element.setAttribute(key, value === true ? '' : value);
  }
  element.append(...children.filter((child) => child !== undefined));
  return element;
};

const clock = (time) => new Date(time).toLocaleTimeString([], { hour: '2-digit', minute: '2-digit', second: '2-digit' });
const LIVE = ['alerting', 'connected', 'parked'];
const isLive = (participant) => participant.communications.some((c) => LIVE.includes(c.state));
const isGuest = (participant) => participant.purpose === 'customer' || participant.purpose === 'external';

// --- the witness

const COUNTS = [
  ['ghosts', 'ghosts now', true], ['outOfOrder', 'out of order', true], ['afterFinished', 'after finished', true],
  ['repeatedCloses', 'repeated closes', true], ['guestMessagesAfterEnd', 'after-end messages', false], ['guestReturns', 'guests came back', false],
  ['closes', 'effective closes', false], ['polls', 'polls', false], ['openGuestSockets', 'open sockets', false],
];

const plural = (n, one, many = `${one}s`) => `${n} ${n === 1 ? one : many}`;

const verdict = (witness) => {
  const values = { ...witness, closes: witness.effectiveCloses.reduce((sum, close) => sum + close.count, 0) };
  const wrong = [];
  if (values.ghosts) {
    const parts = [];
    if (values.ghostsBelieving) parts.push(`${values.ghostsBelieving} not told`);
    if (values.ghostsBack) parts.push(`${values.ghostsBack} back`);
    wrong.push(`${plural(values.ghosts, 'ghost')} (${parts.join(', ')})`);
  }
  if (values.outOfOrder) wrong.push(`${plural(values.outOfOrder, 'wrapper')} closed before the guest`);
  if (values.afterFinished) wrong.push(`${plural(values.afterFinished, 'write')} after the end of the work`);
  if (values.repeatedCloses) wrong.push(plural(values.repeatedCloses, 'repeated close'));
  $('verdict').dataset.state = wrong.length ? 'wrong' : 'clean';
  const fine = values.closes ? `In order: ${plural(values.closes, 'leg')} ended, no ghost.` : 'Nothing has been ended yet.';
  const sentence = wrong.length ? `${wrong.join('; ')}.` : fine;
  if ($('sentence').textContent !== sentence) $('sentence').textContent = sentence;
  $('counts').replaceChildren(...COUNTS.map(([key, name, bad]) => make(
    'div', { 'data-wrong': bad && values[key] > 0, 'data-count': key }, make('dt', {}, name), make('dd', {}, String(values[key])),
  )));
};

// --- the sessions

const GUEST_EVENTS = {
  connected: 'a socket joined', resumedReadOnly: 'resumed, read-only', closed: 'a socket was closed', cut: 'a socket was cut',
  legEnded: 'the guest’s leg was ended from the back end', left: 'the guest left', toldOfEnd: 'the guest was told of the end',
  toldReadOnly: 'the guest was told of the end, and may read only', wrote: 'the guest wrote', wroteAfterEnd: 'the guest wrote after the end',
  refused: 'what the guest wrote was refused', cameBack: 'the guest came back: a ghost', began: 'the guest began this conversation',
};
const WRITES = {
  patchConversationsMessageParticipant: 'close of a participant', patchConversationParticipant: 'close of a participant',
  patchConversationsMessageParticipantCommunication: 'close of a communication', patchConversationsMessage: 'close of the wrapper',
  deleteConversation: 'DELETE of the wrapper', postConversationDisconnect: 'forced teardown',
};

const diary = [];
let seen = 0;

const eventsOf = (id, writes) => {
  const theirs = diary.filter((entry) => entry.conversationId === id).map((entry) => ({
    time: entry.time, text: `${entry.guest ? `${entry.guest}: ` : ''}${GUEST_EVENTS[entry.event] ?? entry.event}`,
    kind: entry.event === 'cameBack' || entry.event === 'wroteAfterEnd' ? 'wrong' : 'guest',
  }));
  const ours = writes.filter((write) => write.conversationId === id).map((write) => ({
    time: write.time, text: `API: ${WRITES[write.operation] ?? write.operation}, ${write.status}${write.outOfOrder ? ', out of order' : ''}`,
    kind: write.outOfOrder || write.afterFinished ? 'wrong' : 'write',
  }));
  return [...theirs, ...ours].sort((a, b) => a.time.localeCompare(b.time));
};

const stateOf = (conversation, guests) => {
  if (guests.some((guest) => guest.back)) return ['ghost', 'ghost: came back'];
  if (guests.some((guest) => guest.believing)) return ['ghost', 'ghost: was not told'];
  const live = conversation.participants.filter(isLive);
  if (live.some(isGuest)) return ['live', 'live'];
  if (live.length) return ['closing', 'guest ended'];
  return ['ended', 'ended'];
};

const leg = (participant) => {
  const last = participant.communications.at(-1);
  const live = isLive(participant);
  const wrapsUp = participant.startAcwTime && !participant.endAcwTime;
  const state = live ? participant.communications.find((c) => LIVE.includes(c.state)).state : last?.state ?? 'none';
  const again = participant.communications.length > 1 ? ` (${participant.communications.length}×)` : '';
  const shown = `${state}${wrapsUp ? ', after-call work' : ''}${again}`;
  return make('li', { class: 'leg', 'data-live': live, 'data-guest': isGuest(participant), 'data-purpose': participant.purpose },
    make('b', {}, participant.name || participant.purpose), ` ${participant.name ? `${participant.purpose}, ` : ''}${shown}`);
};

const PROFILES = {
  person: 'No widget of its own', wellBehaved: 'Well-behaved widget', reconnecting: 'Widget that reconnects', reloading: 'Page that is reloaded',
  writesAgain: 'Guest who writes again', secondTab: 'Widget in two tabs', offline: 'Widget that was offline',
};
const TOLD = { off: 'is not told of an end', Send: 'is told of an end', ReadOnly: 'is told of an end, read-only then' };

const cards = new Map();

const card = ({ story, conversation }, guests, writes) => {
  const events = eventsOf(conversation.id, writes);
  const [state, badge] = stateOf(conversation, guests);
  const told = JSON.stringify([conversation, events, state, guests.map((g) => [g.sockets, g.widget?.profile, g.conversationDisconnect, g.name])]);
  const old = cards.get(conversation.id);
  if (old?.told === told) return old.element;
  const names = conversation.participants.filter(isGuest).map((p) => p.name || 'Guest');
  const open = old?.element.querySelector('details')?.open ?? false;
  const last = events.at(-1);
  const element = make('li', { class: 'card', 'data-conversation': conversation.id, 'data-state': state },
    make('header', {},
      make('h3', {}, names.join(' and ') || 'No guest'), make('span', { class: 'badge' }, badge), make('code', { title: conversation.id }, conversation.id.slice(0, 8)),
      guests.length ? make('button', { type: 'button', 'data-token': guests[0].token, 'aria-label': `Be ${names[0]}` }, 'Be this guest') : undefined),
    story ? make('p', { class: 'story' }, story) : undefined,
    make('ul', { class: 'legs', 'aria-label': 'Legs' }, ...conversation.participants.map(leg)),
    ...guests.map((g) => make('p', { class: 'quiet' },
      `${guests.length > 1 ? `${g.name || 'Guest'}: ` : ''}${PROFILES[g.widget?.profile ?? 'person']}, ${plural(g.sockets, 'socket')}; ${TOLD[g.conversationDisconnect]}`)),
    events.length
      ? make('details', { open },
        make('summary', {}, `${plural(events.length, 'event')}, the last: ${last.text}`),
        make('ol', { class: 'events' }, ...events.slice(-60).map((e) => make('li', { 'data-kind': e.kind }, make('time', { datetime: e.time }, clock(e.time)), make('span', {}, e.text)))))
      : undefined);
  cards.set(conversation.id, { told, element });
  return element;
};

const sessions = ({ conversations, guests, writes, total }) => {
  const of = new Map();
  for (const guest of guests) if (guest.conversationId) of.set(guest.conversationId, [...(of.get(guest.conversationId) ?? []), guest]);
  const wanted = conversations.map((c) => card(c, of.get(c.conversation.id) ?? [], writes));
  const list = $('sessions');
  for (const element of [...list.children]) if (!wanted.includes(element)) element.remove();
  wanted.forEach((element, place) => {
    if (list.children[place] !== element) list.insertBefore(element, list.children[place] ?? null);
  });
  const live = conversations.filter(({ conversation }) => conversation.participants.some((p) => isGuest(p) && isLive(p))).length;
  $('total').textContent = `${live} live of ${total}${total > conversations.length ? `, the first ${conversations.length} shown` : ''}`;
};

// --- the guest widget

let guests = [];
let guest;

const STATES = {
  none: ['no guest chosen'], connecting: ['connecting'], connected: ['connected'],
  ended: ['ended', 'The conversation was ended. Whoever writes now comes back into it.'],
  readonly: ['ended, read-only', 'The conversation was ended. It can only be read now.'],
  cut: ['connection lost', 'The line was cut. A widget that reconnects would try again by itself every five seconds.'],
  closed: ['closed', 'The service closed this connection; another one has taken its place.'],
};

const show = {
  state(name) {
    const [text, banner] = STATES[name];
    $('guest-state').dataset.state = name;
    $('guest-state').textContent = text;
    $('banner').hidden = !banner;
    $('banner').dataset.state = name;
    $('banner').textContent = banner ?? '';
    $('text').disabled = $('send').disabled = name !== 'connected' && name !== 'ended';
    $('reconnect').hidden = name !== 'cut' && name !== 'closed';
    $('fresh').hidden = name !== 'readonly';
  },
  line({ from, nickname, kind, text, readOnly }) {
    if (kind === 'join') return;
    if (kind === 'text') {
      const by = from === 'Guest' ? 'You' : `${nickname || from} · ${from === 'Bot' ? 'bot' : 'agent'}`;
      this.put(make('p', { class: 'say', 'data-from': from }, make('small', {}, by), text));
    } else {
      const end = `The conversation was ended${readOnly ? ', and is read-only' : ''}`;
      this.put(make('p', { class: 'note', 'data-kind': 'end' }, kind === 'clear' ? 'You cleared the conversation' : end));
    }
  },
  note(text) {
    this.put(make('p', { class: 'note' }, text));
  },
  clear() {
    $('log').replaceChildren();
  },
  put(element) {
    $('log').querySelector('.hint')?.remove();
    $('log').append(element);
    $('log').scrollTop = $('log').scrollHeight;
  },
};

const become = ({ deploymentId, token, lines = [], told = false, live = true }) => {
  guest?.leave();
  show.clear();
  guest = new Guest({ deploymentId, token }, show);
  lines.forEach((line) => guest.line(line));
  guest.open();
  // The transcript has the end in it, as a restored history has on the real service.
  if (told && !live) guest.socket.addEventListener('message', () => $('guest-state').dataset.state === 'connected' && show.state('ended'), { once: true });
  $('guest-choice').value = token;
};

const choice = (all) => {
  const options = [...$('guest-choice').options].slice(1).map((option) => option.value);
  guests = all;
  const tokens = all.map((g) => g.token);
  if (options.join() === tokens.join()) return;
  const made = all.map((g) => make('option', { value: g.token }, `${g.name || 'A guest'} · ${g.conversationId?.slice(0, 8) ?? 'no conversation yet'}`));
  $('guest-choice').replaceChildren(make('option', { value: '' }, 'Choose a guest…'), ...made);
  $('guest-choice').value = guest?.token ?? '';
};

const choose = (token) => {
  const chosen = guests.find((g) => g.token === token);
  if (chosen) become(chosen);
};

$('guest-choice').addEventListener('change', (event) => choose(event.target.value));
$('sessions').addEventListener('click', (event) => {
  const { token } = event.target.dataset;
  if (!token) return;
  choose(token);
  $('text').focus();
});
$('guest-new').addEventListener('click', async () => {
  const [deployment] = await (await fetch('/simulator/v1/deployments')).json();
  if (deployment) become({ deploymentId: deployment.id, token: crypto.randomUUID() });
});
$('compose').addEventListener('submit', (event) => {
  event.preventDefault();
  const text = $('text').value.trim();
  if (!text || !guest) return;
  guest.write(text);
  $('text').value = '';
});
$('reconnect').addEventListener('click', () => guest?.open());
$('fresh').addEventListener('click', () => guest?.startAnew());

// --- the pulse

const look = async () => {
  try {
    const answer = await fetch(`/simulator/v1/page?after=${seen}`, { cache: 'no-store', signal: AbortSignal.timeout(5000) });
    if (!answer.ok) throw new Error(`${answer.status}`);
    const world = await answer.json();
    for (const entry of world.diary) if (entry.number > seen) diary.push(entry);
    seen = Math.max(seen, ...world.diary.map((entry) => entry.number));
    diary.splice(0, diary.length - 1000);
    $('organization').textContent = world.organization.name;
    verdict(world.witness);
    sessions(world);
    choice(world.guests);
    $('pulse').dataset.state = 'live';
    $('pulse').textContent = `live, ${clock(world.now)}`;
  } catch {
    $('pulse').dataset.state = 'lost';
    $('pulse').textContent = 'the simulator does not answer';
  }
  setTimeout(look, document.hidden ? EVERY_MS * 4 : EVERY_MS);
};
look();
