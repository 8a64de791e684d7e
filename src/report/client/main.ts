/** The script of a report: what its reader can change. Without it the page shows everything, unzoomed. */

import { chooseHeads } from './heads.js';
import { zoomMaps } from './maps.js';
import { switchTheme } from './theme.js';

document.documentElement.classList.add('script');
switchTheme();
chooseHeads();
zoomMaps();
