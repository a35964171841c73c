import { useEffect } from "react";
import { Link, Route, Routes } from "react-router";
import { ChoicesLink, ConsentFrame, Gate, useConsent } from "@consent-server/react";
import { startHeatmap } from "./heatmap.js";

function Heatmap() {
  useEffect(startHeatmap, []);
  return null;
}

function About() {
  return (
    <main>
      <p>All about us</p>
      <ConsentFrame group="functional" vendor="youtube" src="https://www.youtube-nocookie.com/embed/abc"
        title="Film" width={560} height={315} />
    </main>
  );
}

export default function App() {
  const { decision, open } = useConsent();
  return (
    <>
      <nav><Link to="/">Home</Link> <Link to="/about">About</Link></nav>
      <Gate group="analytics" fallback={<p>Nothing is measured.</p>}>
        <Heatmap />
      </Gate>
      <Routes>
        <Route path="/" element={<main>Welcome</main>} />
        <Route path="/about" element={<About />} />
      </Routes>
      <footer>
        <ChoicesLink /> {decision && <button onClick={() => open()}>Cookies</button>}
      </footer>
    </>
  );
}
