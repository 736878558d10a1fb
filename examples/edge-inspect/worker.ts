/** Entry for workerd (and Cloudflare Workers): a module whose default export answers. */

import { handle } from './handler.ts'

export default { fetch: (request: Request): Promise<Response> => handle(request) }
