/** The script of a report of one head: what its reader can change. Without it the page shows everything, unzoomed. */

import { zoomMaps } from './maps.js';
import { switchTheme } from './theme.js';

document.documentElement.classList.add('script');
switchTheme();
zoomMaps(document.body);
