// Serves GitHub's description of its API on loopback: `github-mock PORT`. A request that does not fit is refused.
import { createRequire } from "node:module";

const require = createRequire(import.meta.url);
const description = require.resolve("@octokit/openapi/generated/api.github.com.json");
process.argv = [process.argv[0], "prism", "mock", "--host", "127.0.0.1", "--port", process.argv[2], description];
require("@stoplight/prism-cli");
