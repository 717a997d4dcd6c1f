/**
 * A media type as we call it, the other names by which senders call it, and the endings of names that it has, the usual one first. Types
 * that share a `family` cannot be told apart by whoever declares them: a recorder calls sound in an MP4 container a video.
 */
interface MediaType {
  mime: string
  aliases?: readonly string[]
  endings?: readonly string[]
  family?: 'iso' | 'webm' | 'ogg' | 'heif'
}

const binary: readonly MediaType[] = [
  { mime: 'image/jpeg', aliases: ['image/jpg', 'image/pjpeg', 'image/jfif'], endings: ['jpg', 'jpeg', 'jpe', 'jfif'] },
  { mime: 'image/png', aliases: ['image/x-png', 'image/apng', 'image/vnd.mozilla.apng'], endings: ['png', 'apng'] },
  { mime: 'image/gif', endings: ['gif'] },
  { mime: 'image/webp', endings: ['webp'] },
  { mime: 'image/avif', endings: ['avif'], family: 'heif' },
  { mime: 'image/heic', aliases: ['image/heic-sequence'], endings: ['heic'], family: 'heif' },
  { mime: 'image/heif', aliases: ['image/heif-sequence'], endings: ['heif', 'heic', 'hif'], family: 'heif' },
  { mime: 'image/tiff', aliases: ['image/tif', 'image/x-tiff'], endings: ['tif', 'tiff'] },
  { mime: 'image/bmp', aliases: ['image/x-ms-bmp', 'image/x-bmp', 'image/x-windows-bmp'], endings: ['bmp', 'dib'] },
  { mime: 'image/x-icon', aliases: ['image/vnd.microsoft.icon', 'image/ico'], endings: ['ico'] },
  { mime: 'image/jxl', endings: ['jxl'] },
  { mime: 'image/vnd.adobe.photoshop', aliases: ['image/x-photoshop', 'application/x-photoshop'], endings: ['psd'] },
  { mime: 'image/vnd.dwg', aliases: ['application/acad', 'image/x-dwg', 'application/dwg'], endings: ['dwg'] },

  { mime: 'video/mp4', aliases: ['video/x-m4v', 'application/mp4'], endings: ['mp4', 'm4v'], family: 'iso' },
  { mime: 'audio/mp4', aliases: ['audio/x-m4a', 'audio/m4a'], endings: ['m4a', 'mp4', 'm4b', 'm4r'], family: 'iso' },
  { mime: 'video/quicktime', endings: ['mov', 'qt'], family: 'iso' },
  { mime: 'video/3gpp', aliases: ['audio/3gpp'], endings: ['3gp', '3gpp'], family: 'iso' },
  { mime: 'video/3gpp2', aliases: ['audio/3gpp2'], endings: ['3g2'], family: 'iso' },
  { mime: 'video/webm', endings: ['webm'], family: 'webm' },
  { mime: 'audio/webm', endings: ['webm', 'weba'], family: 'webm' },
  { mime: 'video/x-matroska', aliases: ['video/matroska', 'audio/x-matroska'], endings: ['mkv', 'mka'] },
  { mime: 'video/x-msvideo', aliases: ['video/vnd.avi', 'video/avi', 'video/msvideo'], endings: ['avi'] },
  { mime: 'video/mpeg', aliases: ['video/mp1s', 'video/mp2p'], endings: ['mpg', 'mpeg'] },
  { mime: 'video/ogg', endings: ['ogv', 'ogg'], family: 'ogg' },
  { mime: 'audio/ogg', aliases: ['application/ogg', 'audio/opus'], endings: ['ogg', 'oga', 'opus'], family: 'ogg' },
  {
    mime: 'audio/mpeg',
    aliases: ['audio/mp3', 'audio/x-mp3', 'audio/mpeg3', 'audio/x-mpeg-3', 'audio/x-mpeg', 'audio/mpg'],
    endings: ['mp3', 'mpga', 'mp2'],
  },
  { mime: 'audio/wav', aliases: ['audio/x-wav', 'audio/wave', 'audio/vnd.wave', 'audio/x-pn-wav'], endings: ['wav'] },
  { mime: 'audio/flac', aliases: ['audio/x-flac'], endings: ['flac'] },
  { mime: 'audio/aac', aliases: ['audio/x-aac', 'audio/aacp'], endings: ['aac', 'adts'] },
  { mime: 'audio/aiff', aliases: ['audio/x-aiff'], endings: ['aif', 'aiff'] },
  { mime: 'audio/amr', endings: ['amr'] },
  { mime: 'audio/midi', aliases: ['audio/mid', 'audio/x-midi'], endings: ['mid', 'midi'] },

  { mime: 'application/pdf', aliases: ['application/x-pdf'], endings: ['pdf'] },
  { mime: 'application/rtf', aliases: ['text/rtf', 'application/x-rtf', 'text/richtext'], endings: ['rtf'] },
  { mime: 'application/postscript', aliases: ['application/eps'], endings: ['ps', 'eps', 'ai'] },
  { mime: 'application/epub+zip', endings: ['epub'] },
  { mime: 'application/msword', aliases: ['application/x-msword', 'application/vnd.ms-word'], endings: ['doc', 'dot'] },
  {
    mime: 'application/vnd.ms-excel',
    aliases: ['application/excel', 'application/x-excel', 'application/x-msexcel'],
    endings: ['xls', 'xlt'],
  },
  {
    mime: 'application/vnd.ms-powerpoint',
    aliases: ['application/mspowerpoint', 'application/x-mspowerpoint'],
    endings: ['ppt', 'pps', 'pot'],
  },
  { mime: 'application/vnd.ms-outlook', endings: ['msg', 'pst'] },
  {
    mime: 'application/x-cfb',
    aliases: ['application/x-msi', 'application/x-ole-storage'],
    endings: ['msi', 'msp', 'pub'],
  },
  { mime: 'application/vnd.openxmlformats-officedocument.wordprocessingml.document', endings: ['docx'] },
  { mime: 'application/vnd.openxmlformats-officedocument.wordprocessingml.template', endings: ['dotx'] },
  { mime: 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet', endings: ['xlsx'] },
  { mime: 'application/vnd.openxmlformats-officedocument.spreadsheetml.template', endings: ['xltx'] },
  { mime: 'application/vnd.openxmlformats-officedocument.presentationml.presentation', endings: ['pptx'] },
  { mime: 'application/vnd.openxmlformats-officedocument.presentationml.slideshow', endings: ['ppsx'] },
  { mime: 'application/vnd.openxmlformats-officedocument.presentationml.template', endings: ['potx'] },
  { mime: 'application/vnd.ms-word.document.macroenabled.12', endings: ['docm'] },
  { mime: 'application/vnd.ms-word.template.macroenabled.12', endings: ['dotm'] },
  { mime: 'application/vnd.ms-excel.sheet.macroenabled.12', endings: ['xlsm'] },
  { mime: 'application/vnd.ms-excel.template.macroenabled.12', endings: ['xltm'] },
  { mime: 'application/vnd.ms-powerpoint.presentation.macroenabled.12', endings: ['pptm'] },
  { mime: 'application/vnd.ms-powerpoint.slideshow.macroenabled.12', endings: ['ppsm'] },
  { mime: 'application/vnd.ms-powerpoint.template.macroenabled.12', endings: ['potm'] },
  { mime: 'application/vnd.oasis.opendocument.text', endings: ['odt'] },
  { mime: 'application/vnd.oasis.opendocument.spreadsheet', endings: ['ods'] },
  { mime: 'application/vnd.oasis.opendocument.presentation', endings: ['odp'] },
  { mime: 'application/vnd.oasis.opendocument.graphics', endings: ['odg'] },
  { mime: 'application/vnd.visio', aliases: ['application/vnd.ms-visio.drawing'], endings: ['vsdx'] },

  {
    mime: 'application/zip',
    aliases: ['application/x-zip-compressed', 'application/x-zip', 'multipart/x-zip'],
    endings: ['zip', 'pages', 'numbers', 'key', 'kmz', 'xps', 'cbz'],
  },
  { mime: 'application/gzip', aliases: ['application/x-gzip', 'application/x-gtar'], endings: ['gz', 'tgz', 'svgz'] },
  { mime: 'application/x-7z-compressed', endings: ['7z'] },
  { mime: 'application/x-rar-compressed', aliases: ['application/vnd.rar', 'application/x-rar'], endings: ['rar'] },
  { mime: 'application/x-tar', endings: ['tar'] },
  { mime: 'application/x-bzip2', aliases: ['application/x-bzip'], endings: ['bz2'] },
  { mime: 'application/x-xz', endings: ['xz'] },
  { mime: 'application/zstd', endings: ['zst'] },
  {
    mime: 'application/x-msdownload',
    aliases: [
      'application/x-msdos-program',
      'application/vnd.microsoft.portable-executable',
      'application/x-dosexec',
      'application/exe',
    ],
    endings: ['exe', 'dll', 'scr', 'com', 'sys', 'cpl', 'ocx', 'pif', 'drv'],
  },
  {
    mime: 'application/x-elf',
    aliases: ['application/x-executable'],
    endings: ['elf', 'so', 'bin', 'run', 'appimage'],
  },
  { mime: 'application/x-mach-binary', endings: ['dylib'] },
  { mime: 'application/java-archive', aliases: ['application/x-java-archive'], endings: ['jar', 'war'] },
  { mime: 'application/java-vm', endings: ['class'] },
  { mime: 'application/vnd.android.package-archive', endings: ['apk'] },
  { mime: 'application/x-apple-diskimage', endings: ['dmg'] },
  { mime: 'application/x-iso9660-image', endings: ['iso', 'img', 'vhd'] },
  { mime: 'application/x-deb', aliases: ['application/vnd.debian.binary-package'], endings: ['deb'] },
  { mime: 'application/x-rpm', endings: ['rpm'] },
  { mime: 'application/x-shockwave-flash', endings: ['swf'] },
  { mime: 'application/wasm', endings: ['wasm'] },
  { mime: 'application/vnd.ms-htmlhelp', endings: ['chm'] },
  { mime: 'application/x.ms.shortcut', aliases: ['application/x-ms-shortcut'], endings: ['lnk'] },
  { mime: 'application/x-google-chrome-extension', endings: ['crx'] },
  { mime: 'application/x-xpinstall', endings: ['xpi'] },
  { mime: 'application/vnd.ms-cab-compressed', endings: ['cab'] },
  { mime: 'application/x-sqlite3', aliases: ['application/vnd.sqlite3'], endings: ['sqlite', 'sqlite3'] },
  { mime: 'font/ttf', endings: ['ttf'] },
  { mime: 'font/otf', endings: ['otf'] },
  { mime: 'font/woff', endings: ['woff'] },
  { mime: 'font/woff2', endings: ['woff2'] },
]

/** Kinds of text: their bytes do not tell them apart, so the ending of the name and what is declared do. */
const text: readonly MediaType[] = [
  { mime: 'text/plain', endings: ['txt', 'text', 'log', 'conf', 'cfg', 'ini', 'nfo', 'srt', 'tex', 'diff', 'patch'] },
  {
    // Windows calls it what opens it there.
    mime: 'text/csv',
    aliases: ['application/csv', 'text/x-csv', 'text/comma-separated-values', 'application/vnd.ms-excel'],
    endings: ['csv'],
  },
  { mime: 'text/tab-separated-values', endings: ['tsv', 'tab'] },
  { mime: 'text/markdown', aliases: ['text/x-markdown'], endings: ['md', 'markdown'] },
  { mime: 'text/calendar', endings: ['ics', 'ical', 'ifb'] },
  { mime: 'text/vcard', aliases: ['text/x-vcard', 'text/directory'], endings: ['vcf', 'vcard'] },
  { mime: 'text/vtt', endings: ['vtt'] },
  { mime: 'text/html', aliases: ['application/xhtml+xml'], endings: ['html', 'htm', 'xhtml', 'xht', 'shtml'] },
  { mime: 'image/svg+xml', aliases: ['image/svg'], endings: ['svg'] },
  {
    mime: 'application/xml',
    aliases: ['text/xml'],
    endings: ['xml', 'xsl', 'xsd', 'gpx', 'kml', 'rss', 'atom', 'plist'],
  },
  { mime: 'application/json', aliases: ['text/json', 'application/geo+json'], endings: ['json', 'geojson', 'jsonl'] },
  { mime: 'application/yaml', aliases: ['text/yaml', 'application/x-yaml'], endings: ['yaml', 'yml'] },
  { mime: 'text/css', endings: ['css'] },
  {
    mime: 'text/javascript',
    aliases: ['application/javascript', 'application/x-javascript', 'application/ecmascript'],
    endings: ['js', 'mjs', 'cjs', 'jse'],
  },
  { mime: 'application/x-sh', aliases: ['text/x-sh', 'text/x-shellscript'], endings: ['sh', 'bash', 'command'] },
  { mime: 'application/x-bat', aliases: ['application/bat'], endings: ['bat', 'cmd'] },
  { mime: 'application/x-powershell', endings: ['ps1', 'psm1'] },
  { mime: 'text/vbscript', endings: ['vbs', 'vbe', 'wsf', 'wsh'] },
  { mime: 'application/hta', endings: ['hta'] },
  { mime: 'application/x-httpd-php', aliases: ['text/x-php'], endings: ['php', 'phtml'] },
  { mime: 'text/x-python', aliases: ['application/x-python-code'], endings: ['py', 'pyw'] },
  { mime: 'application/x-ms-regedit', endings: ['reg'] },
  { mime: 'application/x-desktop', endings: ['desktop', 'url', 'webloc'] },
]

/** Nothing is known of it. */
export const UNKNOWN = 'application/octet-stream'

const all = [...binary, ...text]
const byMime = new Map<string, MediaType>()
for (const type of all)
  for (const name of [type.mime, ...(type.aliases ?? [])]) if (!byMime.has(name)) byMime.set(name, type)
const texts = new Set(text.map(({ mime }) => mime))
const knownEndings = new Set(all.flatMap(({ endings }) => endings ?? []))

/** The name by which we call a media type; one that we do not know keeps its own. Parameters go. */
export function canonicalType(mime: string): string {
  const bare = (mime.split(';')[0] ?? '').trim().toLowerCase()
  return byMime.get(bare)?.mime ?? bare
}

/** Whether its bytes are text of some kind. */
export function isText(mime: string): boolean {
  return texts.has(mime)
}

/** Whether a sender who declares that may have sent this. */
export function agreesWithDeclared(real: string, declared: string | undefined): boolean {
  if (declared === undefined || declared === '') return true
  const bare = (declared.split(';')[0] ?? '').trim().toLowerCase()
  if (bare === '' || bare === UNKNOWN || bare === 'binary/octet-stream') return true
  const type = byMime.get(real)
  // Bytes that say nothing may be what nobody here knows, but not what would have been known by its bytes.
  if (!type) return bare === real || !byMime.has(bare)
  if (bare === type.mime || type.aliases?.includes(bare)) return true
  if (type.mime === 'application/xml' && bare.endsWith('+xml') && !byMime.has(bare)) return true
  return type.family !== undefined && byMime.get(bare)?.family === type.family
}

/**
 * Whether a file of this type may have a name that ends so. `unknown`: no type that we know has that ending, so it says nothing.
 */
export function agreesWithEnding(real: string, ending: string): boolean | 'unknown' {
  const lower = ending.toLowerCase()
  if (!knownEndings.has(lower)) return 'unknown'
  const type = byMime.get(real)
  if (!type) return false
  if (type.endings?.includes(lower)) return true
  return (
    type.family !== undefined && all.some(({ family, endings }) => family === type.family && endings?.includes(lower))
  )
}

/** The kind of text that an ending stands for; undefined where it stands for none. */
export function textOfEnding(ending: string): string | undefined {
  const lower = ending.toLowerCase()
  return text.find(({ endings }) => endings?.includes(lower))?.mime
}

/** The kind of text that is declared; undefined where something else is. */
export function textOfDeclared(declared: string | undefined): string | undefined {
  const bare = (declared?.split(';')[0] ?? '').trim().toLowerCase()
  return text.find(({ mime, aliases }) => mime === bare || aliases?.includes(bare))?.mime
}

/** The ending that a name of such a file usually has, without its dot. */
export function endingOf(mime: string): string | undefined {
  return byMime.get(mime)?.endings?.[0]
}

/** What browsers show without running anything that is in it. */
const SHOWN = new Map<string, 'image' | 'video' | 'audio'>([
  ['image/jpeg', 'image'],
  ['image/png', 'image'],
  ['image/gif', 'image'],
  ['image/webp', 'image'],
  ['image/avif', 'image'],
  ['video/mp4', 'video'],
  ['video/webm', 'video'],
  ['video/quicktime', 'video'],
  ['audio/mpeg', 'audio'],
  ['audio/mp4', 'audio'],
  ['audio/ogg', 'audio'],
  ['audio/webm', 'audio'],
  ['audio/wav', 'audio'],
  ['audio/flac', 'audio'],
  ['audio/aac', 'audio'],
])

/** As what a page shows it; `file`: it is only ever downloaded. */
export function shownAs(mime: string): 'image' | 'video' | 'audio' | 'file' {
  return SHOWN.get(mime) ?? 'file'
}

/** Whether it may be answered with its own media type, to be shown where it stands. Everything else goes out as a download of bytes. */
export function showsInline(mime: string): boolean {
  return SHOWN.has(mime)
}
