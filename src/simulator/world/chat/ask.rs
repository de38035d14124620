//! The guest API of legacy web chat: what a guest asks for, with the token of its chat.

use jiff::Timestamp;
use uuid::Uuid;

use super::super::guest::{GuestEvent, Profile, WidgetSpec};
use super::super::happening::Happening;
use super::super::operation::Operation;
use super::super::refusal::ApiError;
use super::super::sample::plain_participant;
use super::super::spec::{ConversationSpec, ParticipantSpec};
use super::super::words::{Media, MessageType, Purpose};
use super::super::{Overrides, World};
use super::member::{ChatMember, MemberRole, MemberState};
use super::stream::ChatFrame;
use super::{ChatGuest, ChatMessage};

/// One request of a guest.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct ChatCall {
    /// The header `Authorization`, as it was sent.
    pub authorization: Option<String>,
    /// What is asked for.
    pub request: ChatRequest,
}

/// What a guest asks for.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum ChatRequest {
    /// To begin a chat; the only request without a token.
    Begin(ChatWish),
    /// The members of a chat.
    Members {
        /// The conversation.
        conversation: Uuid,
        /// Whether those who are disconnected are left out.
        connected_only: bool,
    },
    /// One member.
    Member {
        /// The conversation.
        conversation: Uuid,
        /// The member.
        member: Uuid,
    },
    /// To leave.
    Leave {
        /// The conversation.
        conversation: Uuid,
        /// The member, who must be the guest.
        member: Uuid,
    },
    /// To say something, or to be seen typing when there is no body.
    Say {
        /// The conversation.
        conversation: Uuid,
        /// The member, who must be the guest.
        member: Uuid,
        /// The text and its kind; none for typing.
        said: Option<(String, String)>,
    },
    /// The messages of a chat.
    Messages {
        /// The conversation.
        conversation: Uuid,
    },
    /// Co-browsing requests and the like, of which there are none here.
    MediaRequests {
        /// The conversation.
        conversation: Uuid,
    },
}

/// The chat that a guest wishes for.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct ChatWish {
    /// The organization, which must be this world's.
    pub organization: Uuid,
    /// The name of the queue.
    pub queue: String,
    /// The guest's name.
    pub name: String,
}

/// What a guest is answered.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum ChatAnswer {
    /// The chat has begun.
    Begun {
        /// The conversation.
        conversation: Uuid,
        /// The token for all else, and the secret of the event stream.
        jwt: String,
        /// The guest as a member.
        member: ChatMember,
    },
    /// Members.
    Members(Vec<ChatMember>),
    /// One member.
    Member(ChatMember),
    /// A message was said.
    Said(ChatMessage),
    /// The guest was seen typing.
    Typing(ChatMessage),
    /// Messages, the oldest first.
    Messages(Vec<ChatMessage>),
    /// Nothing in a list.
    Empty,
    /// Done.
    Nothing,
}

impl ChatRequest {
    /// The operation that the request is.
    #[must_use]
    pub const fn operation(&self) -> Operation {
        match self {
            Self::Begin(_) => Operation::PostWebchatGuestConversations,
            Self::Members { .. } => Operation::GetWebchatGuestConversationMembers,
            Self::Member { .. } => Operation::GetWebchatGuestConversationMember,
            Self::Leave { .. } => Operation::DeleteWebchatGuestConversationMember,
            Self::Say { said: Some(_), .. } => Operation::PostWebchatGuestConversationMemberMessages,
            Self::Say { said: None, .. } => Operation::PostWebchatGuestConversationMemberTyping,
            Self::Messages { .. } => Operation::GetWebchatGuestConversationMessages,
            Self::MediaRequests { .. } => Operation::GetWebchatGuestConversationMediarequests,
        }
    }
}

impl World {
    /// Answers a guest. Neither faults nor rate limits are simulated here: they are those of the back end's clients.
    ///
    /// # Errors
    /// 401 for a token that is not exactly this conversation's, 403 for what only another member may do, 404, and 400.
    pub fn ask_chat(&mut self, call: &ChatCall, now: Timestamp) -> Result<ChatAnswer, ApiError> {
        self.count_call(call.request.operation(), now);
        let at = self.now;
        let answer = match &call.request {
            ChatRequest::Begin(wish) => self.begin_chat(wish, at),
            ChatRequest::Members { conversation, connected_only } => {
                self.chat_of(call, *conversation)?;
                let members = self.chat_members(*conversation).into_iter();
                Ok(ChatAnswer::Members(members.filter(|m| !connected_only || m.state != MemberState::Disconnected).collect()))
            }
            ChatRequest::Member { conversation, member } => {
                self.chat_of(call, *conversation)?;
                let found = self.chat_member(*conversation, *member);
                found.map(ChatAnswer::Member).ok_or_else(|| ApiError::not_found("member", *member))
            }
            ChatRequest::Leave { conversation, member } => {
                let jwt = self.chat_member_is(call, *conversation, *member)?;
                let leg = self.chats.guests.get(&jwt).map(|g| g.leg);
                leg.into_iter().for_each(|leg| self.leave_chat(leg, at));
                Ok(ChatAnswer::Nothing)
            }
            ChatRequest::Say { conversation, member, said } => {
                let jwt = self.chat_member_is(call, *conversation, *member)?;
                self.say_in_chat(&jwt, said.as_ref(), at)
            }
            ChatRequest::Messages { conversation } => {
                self.chat_of(call, *conversation)?;
                Ok(ChatAnswer::Messages(self.chats.messages.get(conversation).into_iter().flatten().cloned().collect()))
            }
            ChatRequest::MediaRequests { conversation } => self.chat_of(call, *conversation).map(|_| ChatAnswer::Empty),
        };
        self.advance(now);
        answer
    }

    /// The token of the guest who asks about this conversation.
    fn chat_of(&self, call: &ChatCall, conversation: Uuid) -> Result<String, ApiError> {
        let header = call.authorization.as_deref().ok_or_else(ApiError::authentication_required)?;
        let jwt = header.strip_prefix("Bearer ").ok_or_else(ApiError::authentication_required)?;
        let known = self.chats.guests.get(jwt).is_some_and(|g| g.leg.conversation == conversation);
        if known { Ok(jwt.to_owned()) } else { Err(ApiError::bad_credentials()) }
    }

    /// The same, of the guest who is this member.
    fn chat_member_is(&self, call: &ChatCall, conversation: Uuid, member: Uuid) -> Result<String, ApiError> {
        let jwt = self.chat_of(call, conversation)?;
        let own = self.chats.guests.get(&jwt).is_some_and(|g| g.leg.participant == member);
        if own { Ok(jwt) } else { Err(ApiError::usual(403)) }
    }

    fn begin_chat(&mut self, wish: &ChatWish, at: Timestamp) -> Result<ChatAnswer, ApiError> {
        if wish.organization != self.organization.id {
            return Err(ApiError::bad_request("organizationId is not this organization"));
        }
        let [id, guest_id, leg_id, token] = [(); 4].map(|()| self.chats.dice.uuid());
        let jwt = format!("sim-chat-{}", token.simple());
        let widget = WidgetSpec { token: Some(jwt.clone()), ..WidgetSpec::new(Profile::Person) };
        let guest = plain_participant(guest_id, Purpose::Customer, leg_id, Some(at));
        let conversation = ConversationSpec {
            id,
            story: format!("A guest began this chat while the world was running, for the queue {:?}.", wish.queue),
            division: Uuid::nil(),
            media: Media::Chat,
            message_type: MessageType::default(),
            start_time: Some(at),
            participants: vec![ParticipantSpec { name: wish.name.clone(), widget: Some(widget), ..guest }],
            overrides: Overrides::default(),
        };
        // The ids are fresh, so there is nothing in it that could be refused.
        let _begun = self.take_place(Happening::ConversationBegins { conversation }, at);
        if let Some(guest) = self.chats.guests.get_mut(&jwt) {
            guest.routed = false;
        }
        self.chat_diary(&jwt, at, GuestEvent::Began);
        let member = self.chat_member(id, guest_id).ok_or_else(|| ApiError::usual(500))?;
        Ok(ChatAnswer::Begun { conversation: id, jwt, member })
    }

    /// Lets a guest speak. Into a chat that has ended nothing is said, unless the guest was never told: then the guest is back (not
    /// known of the real service; the original thread's ghost).
    fn say_in_chat(&mut self, jwt: &str, said: Option<&(String, String)>, at: Timestamp) -> Result<ChatAnswer, ApiError> {
        let Some(guest) = self.chats.guests.get(jwt) else { return Err(ApiError::bad_credentials()) };
        let after_end = guest.ended.is_some();
        if guest.for_good || !(self.chat_leg_is_live(guest) || after_end) {
            self.chats.messages_refused += 1;
            self.chat_diary(jwt, at, GuestEvent::Refused);
            return Err(ApiError::bad_request("The member is not connected to the conversation."));
        }
        if after_end && said.is_some() {
            self.chats.messages_after_end += 1;
            self.chat_returns(jwt, at);
        }
        let Some(ChatGuest { leg, .. }) = self.chats.guests.get(jwt) else { return Err(ApiError::bad_credentials()) };
        let (conversation, sender) = (leg.conversation, leg.participant);
        let (body, body_type) = said.cloned().unwrap_or_default();
        let message = ChatMessage { id: self.chats.dice.uuid(), conversation, sender, body, body_type, timestamp: at };
        if said.is_none() {
            self.tell_chat(conversation, &ChatFrame::Typing(message.clone()));
            return Ok(ChatAnswer::Typing(message));
        }
        self.chat_diary(jwt, at, if after_end { GuestEvent::WroteAfterEnd } else { GuestEvent::Wrote });
        self.chats.keep(message.clone());
        self.tell_chat(conversation, &ChatFrame::Message(message.clone()));
        Ok(ChatAnswer::Said(message))
    }

    /// Lets the organization say something to the guests of a chat; how many there are.
    pub(in crate::simulator::world) fn say_to_chat(&mut self, conversation: Uuid, text: &str, at: Timestamp) -> usize {
        let heard = self.chats.in_conversation(conversation).len();
        let members = self.chat_members(conversation);
        let Some(sender) = members.iter().rev().find(|m| m.role != MemberRole::Customer).filter(|_| heard > 0) else { return heard };
        let (id, body_type) = (self.chats.dice.uuid(), "standard".into());
        let message = ChatMessage { id, conversation, sender: sender.id, body: text.into(), body_type, timestamp: at };
        self.chats.keep(message.clone());
        self.tell_chat(conversation, &ChatFrame::Message(message));
        heard
    }
}
