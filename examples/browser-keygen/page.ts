/** The page. It holds none of the library: all of that runs in a worker. */

import { setUpMaking } from './make-key.ts'
import { setUpTelling } from './tell-file.ts'

setUpMaking()
setUpTelling()
