// The frame: navigation, what is wrong right now, and the page that was asked for.
import {useEffect} from 'preact/hooks';
import {words} from './i18n/words';
import {lastHeard, link as liveLink, sample} from './lib/live';
import {language, theme, type Theme} from './lib/prefs';
import {link, pages, place, type PageName} from './lib/router';
import {access, logOut, loginOpen, version} from './lib/session';
import {EnginePage} from './pages/engine';
import {GpuPage} from './pages/gpu';
import {LimitsPage} from './pages/limits';
import {OverviewPage} from './pages/overview';
import {PlaygroundPage} from './pages/playground';
import {SettingsPage} from './pages/settings';
import {TokensPage} from './pages/tokens';
import {UsersPage} from './pages/users';
import {ViolationsPage} from './pages/violations';
import {Icon, Mark} from './ui/icons';
import {LoginDialog, LoginPage} from './ui/login';
import {Notices} from './ui/notices';
import {complain, Toasts} from './ui/toast';
import {clock} from './lib/format';
import {Skeleton} from './ui/parts';

const content: Record<PageName, () => preact.JSX.Element> = {
  overview: OverviewPage,
  engine: EnginePage,
  gpu: GpuPage,
  users: UsersPage,
  limits: LimitsPage,
  tokens: TokensPage,
  playground: PlaygroundPage,
  violations: ViolationsPage,
  settings: SettingsPage,
};

function NavLinks() {
  const t = words();
  return (
    <>
      {pages.map((page) => (
        <a key={page} href={link(page)} aria-current={place.value.page === page ? 'page' : undefined}>
          <Icon name={page} />
          <span>{t.pages[page]}</span>
        </a>
      ))}
    </>
  );
}

const nextTheme: Record<Theme, Theme> = {auto: 'light', light: 'dark', dark: 'auto'};
const themeIcon: Record<Theme, string> = {auto: 'auto', light: 'sun', dark: 'moon'};

export function LookButtons() {
  const t = words();
  return (
    <span class="row">
      <button
        type="button"
        class="button plain little"
        title={`${t.theme}: ${t.themes[theme.value]}`}
        aria-label={`${t.theme}: ${t.themes[theme.value]}`}
        onClick={() => (theme.value = nextTheme[theme.value])}
      >
        <Icon name={themeIcon[theme.value]} />
      </button>
      <button
        type="button"
        class="button plain little"
        lang={language.value === 'ko' ? 'en' : 'ko'}
        onClick={() => (language.value = language.value === 'ko' ? 'en' : 'ko')}
      >
        {t.otherLanguage}
      </button>
    </span>
  );
}

function Standing() {
  const t = words();
  if (access.value === 'admin') {
    return (
      <div class="side-row">
        <span class="chip good">{t.login.admin}</span>
        <button type="button" class="button plain little" onClick={() => logOut().catch(complain)}>
          <Icon name="out" />
          {t.login.out}
        </button>
      </div>
    );
  }
  return (
    <div class="side-row" title={t.login.readerHint}>
      <span class="chip">{t.login.reader}</span>
      <button type="button" class="button plain little" onClick={() => (loginOpen.value = true)}>
        <Icon name="key" />
        {t.login.submit}
      </button>
    </div>
  );
}

export function Pulse() {
  const t = words();
  const state = liveLink.value;
  const at = state === 'live' ? sample.value?.at_ms : lastHeard.value;
  return (
    <span class={`pulse ${state}`} data-link={state}>
      <i />
      {state === 'live' ? t.link.live : state === 'away' ? t.link.lastHeard : t.link.connecting}
      {at ? ` ${clock(at)}` : ''}
    </span>
  );
}

export function Head({children}: {children?: preact.ComponentChildren}) {
  return (
    <header class="head">
      <h1>{words().pages[place.value.page]}</h1>
      <Pulse />
      <span class="spring" />
      {children}
    </header>
  );
}

export function App() {
  const t = words();
  const page = place.value.page;
  useEffect(() => {
    document.title = `${t.pages[page]} · ${t.product}`;
  }, [page, language.value]);
  if (access.value === 'asking') return <main class="login-page"><Skeleton lines={2} /></main>;
  if (access.value === 'none') return <><LoginPage /><Toasts /></>;
  const Page = content[page];
  return (
    <div class="shell">
      <a class="skip" href="#content" onClick={(event) => { event.preventDefault(); document.getElementById('content')?.focus(); }}>
        {t.skipToContent}
      </a>
      <aside class="side">
        <a class="brand" href={link('overview')}>
          <Mark />
          <span><b>{t.product}</b>SGLang · vLLM</span>
        </a>
        <nav class="nav" aria-label={t.menu}><NavLinks /></nav>
        <div class="side-foot">
          <Standing />
          <div class="side-row">
            <LookButtons />
            <span class="quiet">{version.value}</span>
          </div>
        </div>
      </aside>
      <main class="content" id="content" tabIndex={-1}>
        <Notices />
        <Page key={page} />
      </main>
      <nav class="bottom" aria-label={t.menu}><NavLinks /></nav>
      {loginOpen.value && <LoginDialog />}
      <Toasts />
    </div>
  );
}
