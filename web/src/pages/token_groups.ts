// Tokens as they are shown: most are text of their own; those that are parts of a character stand together with it.
export interface Piece {
  id: number;
  text?: string; // where the token is whole UTF-8
  bytes?: string; // hex, where it is not
}

export interface Group {
  text: string;
  ids: number[];
  readable: boolean;
}

function decoded(hex: string): string | null {
  const bytes = Uint8Array.from(hex.match(/../g) ?? [], (pair) => parseInt(pair, 16));
  try {
    return new TextDecoder('utf-8', {fatal: true}).decode(bytes);
  } catch {
    return null;
  }
}

const longestCharacter = 8; // in hex digits, of one UTF-8 character

export function groupsOf(pieces: Piece[]): Group[] {
  const groups: Group[] = [];
  let hex = '';
  let ids: number[] = [];
  const close = () => {
    if (ids.length === 0) return;
    const text = decoded(hex);
    groups.push({text: text ?? `‹${hex}›`, ids, readable: text !== null});
    hex = '';
    ids = [];
  };
  for (const piece of pieces) {
    if (piece.text !== undefined) {
      close();
      groups.push({text: piece.text, ids: [piece.id], readable: true});
      continue;
    }
    hex += piece.bytes ?? '';
    ids.push(piece.id);
    if (decoded(hex) !== null || hex.length > longestCharacter * 4) close();
  }
  close();
  return groups;
}
