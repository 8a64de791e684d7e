/** The script of a report of several heads, which draws each of them. Without it the page shows all of them side by side. */

import { showHeads } from './heads.js';
import { switchTheme } from './theme.js';

document.documentElement.classList.add('script');
switchTheme();
showHeads();
