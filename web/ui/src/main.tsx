import { render } from "preact";
import { useEffect } from "preact/hooks";
import { Redirect, Route, Router, Switch } from "wouter-preact";
import { base } from "./api/base.ts";
import { Login } from "./pages/login/Login.tsx";
import { Missing } from "./pages/missing/Missing.tsx";
import { pages } from "./router.ts";
import { watchHealth } from "./state/health.ts";
import { signedOut } from "./state/session.ts";
import "./state/theme.ts";
import { Lazy } from "./ui/Lazy.tsx";
import { Shell } from "./ui/Shell.tsx";

function App() {
  useEffect(watchHealth, []);
  return (
    <Router base={base}>
      <Shell>{signedOut.value ? <Login /> : <Routes />}</Shell>
    </Router>
  );
}

function Routes() {
  return (
    <Switch>
      {pages.map(({ path, load }) => (
        <Route key={path} path={path}>
          <Lazy load={load} />
        </Route>
      ))}
      <Route path="/">
        <Redirect to="/playground" replace />
      </Route>
      <Route>
        <Missing />
      </Route>
    </Switch>
  );
}

render(<App />, document.getElementById("app") as HTMLElement);
