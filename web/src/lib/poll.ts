// A resource of the gateway, asked for again and again while somebody looks, and at once when it was changed here.
import {useCallback, useEffect, useRef, useState} from 'preact/hooks';
import {get} from './api';
import {link} from './live';

export interface Polled<T> {
  data: T | null;
  error: unknown;
  reload: () => Promise<void>;
}

// path null: nothing to ask. every 0: once, and after reload().
export function usePoll<T>(path: string | null, every = 0): Polled<T> {
  const [state, setState] = useState<{path: string | null; data: T | null; error: unknown}>({path, data: null, error: null});
  const asked = useRef(0);
  const load = useCallback(async () => {
    if (path === null) return;
    const ticket = ++asked.current;
    try {
      const data = await get<T>(path);
      if (ticket === asked.current) setState({path, data, error: null});
    } catch (error) {
      if (ticket === asked.current) setState((old) => ({path, data: old.path === path ? old.data : null, error}));
    }
  }, [path]);
  const live = link.value === 'live';
  useEffect(() => {
    void load();
    if (every === 0) return;
    const timer = setInterval(() => {
      if (!document.hidden) void load();
    }, every);
    return () => clearInterval(timer);
  }, [load, every, live]);
  return {data: state.path === path ? state.data : null, error: state.path === path ? state.error : null, reload: load};
}
