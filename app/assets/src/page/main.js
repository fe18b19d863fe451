import './main.css';
import './layout.css';
import './pages.css';
import './diagrams.js';
import './once.js';
import './folding.js';
import './forms/index.js';

// What every page runs. Each behaviour is a module of its own that looks for the elements it serves; the pages work
// without any of them.
