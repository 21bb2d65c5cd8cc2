/** What a data set asks of the host: which files it is made of and where they can be had. */

/** One file a data set is read from. */
export interface DataFile {
  /** Its name when unpacked; the compressed one has `.gz` behind it. */
  readonly name: string
  /** Names that it also goes by. */
  readonly otherNames?: readonly string[]
  /** MD5 of the unpacked bytes of the official file; what is fetched is checked against it. */
  readonly md5?: string
}

/** A tar.gz in which the official site puts all files. */
export interface DataArchive {
  readonly name: string
  /** Folder inside it. */
  readonly folder: string
  /** MD5 of the archive as downloaded. */
  readonly md5: string
}

/** Where files that do not come with this package can be had. */
export interface DataSources {
  /** Addresses, ending in a slash, under which the archive or the `.gz` files lie; tried in order. */
  readonly addresses: readonly string[]
  readonly archive?: DataArchive
  /** Largest download that is taken, in bytes, of one file. */
  readonly downloadLimit: number
  /** Folders in which a system package puts the files. */
  readonly systemFolders: readonly string[]
  readonly debianPackage?: string
  /** Folders to look into below one that a user names. */
  readonly subfolders: readonly string[]
}

/** An archive as its site has it; kept in the cache as it is and unpacked when it is read. */
export interface RemoteArchive {
  /** Its name in the cache. */
  readonly name: string
  /** Full addresses, tried in order; empty where the site asks for a visitor. */
  readonly addresses: readonly string[]
  /** Of the archive as downloaded; null where no trustworthy one is known. */
  readonly md5: string | null
}

export interface DataRequest {
  /** The data set's name; also its folder in the cache. */
  readonly name: string
  readonly files: readonly DataFile[]
  /** Folder under `assets/` of this package in which the files ship; null when they do not. */
  readonly packagedFolder: string | null
  readonly sources: DataSources | null
  /** Archives of many files. */
  readonly archives?: {
    readonly files: readonly RemoteArchive[]
    /** Largest one that is taken, in bytes. */
    readonly downloadLimit: number
  }
}

/** How far a fetch has come; bytes are of the one file named. */
export interface DataProgress {
  readonly file: string
  readonly receivedBytes: number
  /** null when the server does not say. */
  readonly totalBytes: number | null
}
