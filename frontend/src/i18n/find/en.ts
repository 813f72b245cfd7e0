import type { findZhCN } from './zh-CN';

/** The words of finding, of the archive, and of choosing several. */
export const findEn: typeof findZhCN = {
  search: {
    field: 'Search conversations',
    hint: 'Search titles and texts',
    clear: 'Clear search',
    results: 'Search results',
    titles: 'Titles',
    messages: 'Messages',
    mine: 'You: ',
    none: 'Nothing matches “{query}”',
    noneHint: 'Neither titles nor messages have it. Try another word, or fewer.',
    more: 'More results',
    count: '{count} found',
    countMore: 'More than {count} found',
    gone: 'This message is not there any more. It may have been deleted.',
  },
  archive: {
    more: 'Tidy conversations',
    open: 'Archived',
    back: 'Back to conversations',
    empty:
      'Nothing is archived. An archived conversation leaves the list, can still be found, and returns with its next message.',
    pinned: 'Pinned',
    pin: 'Pin',
    unpin: 'Unpin',
    put: 'Archive',
    take: 'Move out of archive',
    isArchived: 'Archived',
  },
  select: {
    begin: 'Select several',
    all: 'Select all',
    noneChosen: 'None selected',
    count: '{count} selected',
    countOne: '{count} selected',
    done: 'Done',
    title: 'Delete conversations',
    text: 'These {count} conversations and all their messages will be deleted for good.',
    textBusy:
      'These {count} conversations and all their messages will be deleted for good. What models are making there right now goes on and is charged.',
    action: 'Delete {count} conversations',
    deleted: '{count} conversations deleted',
    deletedOne: '{count} conversation deleted',
  },
};
