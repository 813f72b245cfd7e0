import type { components } from '@/api/schema.gen';

type Schemas = components['schemas'];

export type Conversation = Schemas['ConversationOut'];
export type Message = Schemas['MessageOut'];
export type MessageStatus = Message['status'];
export type ChatEvent = Schemas['ChatEvent'];
export type Model = Schemas['ModelOut'];
export type ModelList = Schemas['ModelList'];
export type User = Schemas['UserOut'];
export type Session = Schemas['SessionOut'];
export type Instance = Schemas['InstanceOut'];
export type Problem = Schemas['Problem'];
export type ErrorInfo = Schemas['ErrorOut'];
