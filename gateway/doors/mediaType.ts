import { MIMEType } from 'node:util';

export interface MediaType {
  /** Without parameters: `application/json`. */
  essence: string;
  /** What has no charset is in UTF-8. */
  isUtf8: boolean;
}

const json = 'application/json';
const plainJson: MediaType = { essence: json, isUtf8: true };

/** What a content-type names; undefined where it is none. */
export function mediaTypeOf(header: string | undefined): MediaType | undefined {
  if (header === json) return plainJson;
  try {
    const { essence, params } = new MIMEType(header ?? '');
    return { essence, isUtf8: /^utf-?8$/i.test(params.get('charset') ?? 'utf-8') };
  } catch {
    return undefined;
  }
}
