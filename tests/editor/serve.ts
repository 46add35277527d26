/** yaml-language-server, the version that this project pins, on standard input and output. @module */
import "yaml-language-server/out/src/server.js";
