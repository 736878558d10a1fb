/**
 * Stands for the browser and the person in front of it: `node browser.ts PERSON URL` follows redirects, keeps cookies,
 * fills in the forms of the identity provider and sends them, until it comes to a page without one.
 */

const [person = '', begin = ''] = process.argv.slice(2)

const unescaped = (text: string): string =>
  text.replace(
    /&(?:amp|quot|lt|gt|#39);/g,
    (entity) => ({ '&amp;': '&', '&quot;': '"', '&lt;': '<', '&gt;': '>' })[entity] ?? "'",
  )
const attribute = (tag: string, name: string): string | undefined => {
  const found = new RegExp(`\\s${name}=(?:"([^"]*)"|'([^']*)'|([^\\s>]+))`, 'i').exec(tag)
  return found ? unescaped(found[1] ?? found[2] ?? found[3] ?? '') : undefined
}

const jar = new Map<string, string>()
let url = new URL(begin)
let body: URLSearchParams | undefined
for (let page = 0; page < 20; page++) {
  const cookie = [...jar].map(([name, value]) => `${name}=${value}`).join('; ')
  const answer = await fetch(url, {
    method: body ? 'POST' : 'GET',
    redirect: 'manual',
    // Cookies are for the provider; the last page is the program's own.
    headers: url.protocol === 'https:' && cookie !== '' ? { cookie } : {},
    ...(body && { body }),
  })
  for (const line of answer.headers.getSetCookie()) {
    const [, name, value] = /^([^=]+)=([^;]*)/.exec(line) ?? []
    if (name === undefined) continue
    if (value && !/expires=thu, 01 jan 1970/i.test(line)) jar.set(name, value)
    else jar.delete(name)
  }
  body = undefined
  const location = answer.headers.get('location')
  const html = await answer.text()
  if (answer.status >= 300 && answer.status < 400 && location) {
    url = new URL(location, url)
    continue
  }
  const form = /<form\b[^>]*>[\s\S]*?<\/form>/i.exec(html)?.[0]
  if (!form) process.exit(answer.ok ? 0 : 1)
  body = new URLSearchParams()
  for (const [tag] of form.matchAll(/<(?:input|button)\b[^>]*>/gi)) {
    const name = attribute(tag, 'name')
    if (name === 'login') body.set(name, person)
    else if (name === 'password') body.set(name, 'any')
    else if (name !== undefined && name !== 'abort') body.set(name, attribute(tag, 'value') ?? '')
  }
  url = new URL(attribute(form, 'action') ?? '', url)
}
process.exit(1)
