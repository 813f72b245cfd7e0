import type { components } from '@/api/schema.gen';

type Schemas = components['schemas'];

export type Conversation = Schemas['ConversationOut'];
export type Message = Schemas['MessageOut'];
export type SearchHit = Schemas['SearchHit'];
export type MessageStatus = Message['status'];
export type ChatEvent = Schemas['ChatEvent'];
export type Model = Schemas['ModelOut'];
export type ModelList = Schemas['ModelList'];
export type User = Schemas['UserOut'];
export type Session = Schemas['SessionOut'];
export type Instance = Schemas['InstanceOut'];
export type Problem = Schemas['Problem'];
export type ErrorInfo = Schemas['ErrorOut'];
export type Turn = Schemas['Turn'];
export type Price = NonNullable<Model['price']>;
export type TokenPrice = Schemas['TokenPrice'];
export type Credits = Schemas['CreditsOut'];
export type Cost = Schemas['CostOut'];
export type CostTerm = Schemas['TermOut'];
export type Quote = Schemas['QuoteOut'];
export type Transaction = Schemas['TransactionOut'];
export type TransactionDetail = Schemas['TransactionDetail'];
export type CreditEntry = Schemas['EntryOut'];
export type ChargingRule = Schemas['ChargingRuleOut'];
export type Limits = Schemas['LimitsOut'];
export type TaskKind = Schemas['KindLimits']['kind'];
export type LimitScope = NonNullable<Schemas['KindLimits']['reason']>;
export type ModelPrice = Schemas['ModelPriceOut'];
/** How a media model can be priced. */
export type PriceScheme = Schemas['PriceSchemeOut'];
export type MediaPriceKind = PriceScheme['kinds'][number];
export type MediaPrice = Exclude<Price, TokenPrice>;
export type AuditRecord = Schemas['AuditOut'];
export type Mode = Model['mode'];
export type MediaMode = Exclude<Mode, 'chat'>;
export type MediaCapabilities = Schemas['MediaOut'];
export type MediaOption = Schemas['OptionOut'];
export type OptionValue = MediaOption['choices'][number];
export type OptionValues = Record<string, OptionValue>;
export type MediaTask = Schemas['TaskOut'];
export type TaskTurn = Schemas['TaskTurn'];
export type Asset = Schemas['AssetOut'];
export type Share = Schemas['ShareOut'];
export type ShareLifetime = Schemas['ShareCreate']['lifetime'];
export type SharedConversation = Schemas['SharedConversation'];
export type SharedMessage = Schemas['SharedMessage'];
export type SharedAsset = Schemas['SharedAsset'];
/** A file in the list of one's own, with the task that made it. */
export type ListedAsset = Schemas['ListedAssetOut'];
export type Origin = Schemas['OriginOut'];
/** What turns recordings into text. */
export type Listener = NonNullable<ModelList['transcription']>;
export type Feedback = Schemas['FeedbackOut'];
export type Reference = Schemas['ReferenceOut'];
export type Shot = Schemas['ShotOut'];
/** A shot of a film that is made clip by clip, as it stands. */
export type StoryboardShot = Schemas['StoryboardShotOut'];

/** A page of a list, newest first; ask for what follows with its cursor. */
export interface Page<T> {
  items: T[];
  next_cursor: string | null;
}
