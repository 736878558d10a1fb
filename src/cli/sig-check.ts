/** `hawser sig check`: whether a signature over a file holds, whoever made it. */
export { runCheck as run } from './sig-verify.ts'
