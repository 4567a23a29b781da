// Where the console and its gateway are. The server writes `<base href="{prefix}/console/">`, so neither is known when we build.

/** Path of the console without a slash at its end: `/console`, `/gateway/console`. */
export const consolePath = new URL(document.baseURI).pathname.replace(/\/$/, '') || '/';

/** Address of something that the gateway serves: `gatewayUrl('v1/graphql')`. */
export function gatewayUrl(path: string): string {
  return new URL(`../${path}`, document.baseURI).href;
}
