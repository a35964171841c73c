import { headers } from "next/headers";
import Link from "next/link";
import { ConsentHead, consentOf } from "@consent-server/next";
import { ChoicesLink, ConsentProvider, Gate } from "@consent-server/react";
import Heatmap from "./client";

const SERVICE = "https://consent.example.com";
const ASKED = process.env.CONSENT_INTERNAL_URL ?? SERVICE;

export const metadata = { title: "Site", icons: { icon: "data:," } };
// Each page depends on its visitor, so rendering waits for the decision.
export const instant = false;

export default async function RootLayout({ children }) {
  const country = (await headers()).get("cf-ipcountry") ?? process.env.DEFAULT_COUNTRY;
  const { decision, allows } = await consentOf({ service: ASKED, site: "shop", token: process.env.CONSENT_TOKEN, country });
  return (
    <html lang="en">
      <head>
        <ConsentHead service={ASKED} site="shop" />
      </head>
      <body>
        <ConsentProvider service={SERVICE} site="shop" initial={decision}>
          <nav><Link href="/">Home</Link> <Link href="/about">About</Link></nav>
          {allows("google-analytics") && (
            <script async data-tag="google-analytics" src="https://www.googletagmanager.com/gtag/js?id=G-ABC1234567" />
          )}
          <Gate group="analytics" fallback={<p>Nothing is measured.</p>}>
            <Heatmap />
          </Gate>
          {children}
          <footer><ChoicesLink /></footer>
        </ConsentProvider>
      </body>
    </html>
  );
}
