// Makes one file of the parts of Lobe Chat's server that this recipe is about, out of the source in its npm package.
//
// The clients of other providers and of tracing are not installed: they are left empty, and nothing here calls them.

import { existsSync, realpathSync, statSync } from "node:fs";
import { dirname, join } from "node:path";

import { build } from "esbuild";

const SOURCE = realpathSync("node_modules/@lobehub/chat");
const INSTALLED = dirname(dirname(SOURCE));
const PLACES = [
  [/^@\/(const|database|types|utils)\//, (name) => [`packages/${name}/src`, `src/${name}`]], // as its tsconfig.json
  [/^@\//, () => ["src"]],
  [/^@lobechat\/([^/]+)\/?/, (name) => [`packages/${name}/src`]],
  [/^model-bank\/?/, () => ["packages/model-bank/src"]],
];

function file(path) {
  const names = [path, `${path}.ts`, `${path}.tsx`, join(path, "index.ts")];
  return names.find((name) => existsSync(name) && statSync(name).isFile());
}

function ours(name) {
  for (const [pattern, folders] of PLACES) {
    const found = pattern.exec(name);
    if (!found) continue;
    const places = folders(found[1]).map((folder) => join(SOURCE, folder, name.slice(found[0].length)));
    return places.map(file).find(Boolean);
  }
}

const lobe = {
  name: "lobe",
  setup(bundler) {
    bundler.onResolve({ filter: /^[^./]/ }, async ({ path, kind, pluginData }) => {
      if (pluginData?.asked) return null;
      const own = ours(path);
      if (own) return { path: own };
      const found = await bundler.resolve(path, { kind, resolveDir: INSTALLED, pluginData: { asked: true } });
      return found.errors.length ? { path, namespace: "absent" } : found;
    });
    bundler.onLoad({ filter: /.*/, namespace: "absent" }, () => ({ contents: "module.exports = {};" }));
  },
};

export async function bundle(source, outfile) {
  await build({
    stdin: { contents: source, loader: "ts", resolveDir: process.cwd() },
    outfile,
    bundle: true,
    platform: "node",
    format: "esm",
    logLevel: "silent",
    plugins: [lobe],
    banner: { js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);" },
  });
}
