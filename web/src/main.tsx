// The page begins here.
import {render} from 'preact';
import 'uplot/dist/uPlot.min.css';
import './styles/base.css';
import './styles/shell.css';
import './styles/components.css';
import './styles/pages.css';
import {App} from './app';
import {startLive} from './lib/live';
import {askSession} from './lib/session';

startLive();
void askSession();
render(<App />, document.getElementById('app')!);
