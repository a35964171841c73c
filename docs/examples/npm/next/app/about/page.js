import { ConsentFrame } from "@consent-server/react";

export default function About() {
  return (
    <main>
      <p>All about us</p>
      <ConsentFrame group="functional" vendor="youtube" src="https://www.youtube-nocookie.com/embed/abc"
        title="Film" width={560} height={315} />
    </main>
  );
}
