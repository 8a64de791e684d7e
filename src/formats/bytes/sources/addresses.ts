/** Addresses where a file is expected: nothing is fetched here, but whoever fetches it can pipe it. */

/** What fetches an address of a scheme to standard output. */
const FETCHERS: { readonly [scheme: string]: (address: string) => string } = {
  http: (address) => `curl -sSfL ${address}`,
  https: (address) => `curl -sSfL ${address}`,
  ftp: (address) => `curl -sSf ${address}`,
  s3: (address) => `aws s3 cp ${address} -`,
  gs: (address) => `gcloud storage cat ${address}`,
  hdfs: (address) => `hdfs dfs -cat ${address}`,
};

/** What to do about an address; undefined where the name is none of a scheme that is known. */
export function adviceForAddress(name: string): string | undefined {
  const [, scheme] = /^([a-z][a-z\d]*):\/\/\S/i.exec(name) ?? [];
  const fetch = scheme === undefined ? undefined : FETCHERS[scheme.toLowerCase()];
  if (!fetch) return undefined;
  const quoted = `'${name.replaceAll("'", "'\\''")}'`;
  return `is an address, and nothing is fetched here; pipe it: ${fetch(quoted)} | levattn … (save Parquet, npz and others that must be files first)`;
}
