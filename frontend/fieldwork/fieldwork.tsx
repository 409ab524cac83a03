// The scoring page: it opens from the device, then asks the server.
import { render } from "preact";

import { App } from "./app";
import { readTexts } from "./texts";

const place = document.getElementById("app")!;
readTexts(document.getElementById("texts")!.textContent);
const theme = /(?:^|; )zhiping_theme=(light|dark)/.exec(document.cookie)?.[1];
if (theme) document.documentElement.dataset.bsTheme = theme;
place.textContent = "";
render(<App worker={place.dataset.worker!} idle={Number(place.dataset.idle)} />, place);
