/**
 * The selector of each former consent tool's banner while it is shown.
 *
 * @type {Record<string, string>}
 */
export const BANNERS = {
  onetrust: "#onetrust-banner-sdk",
  cookiebot: "#CybotCookiebotDialog",
  cookieyes: ".cky-consent-container,.cky-modal",
  didomi: "#didomi-host>*",
  klaro: ".klaro .cookie-notice,.klaro .cookie-modal",
  "vanilla-cookieconsent": "#cc-main .cm,#cm,#cc--main",
  complianz: ".cmplz-cookiebanner",
  iubenda: "#iubenda-cs-banner",
  orejime: ".orejime-Banner,.orejime-Notice",
  tarteaucitron: "#tarteaucitronAlertBig,#tarteaucitron",
  usercentrics: "#usercentrics-root,#usercentrics-cmp-ui",
  osano: ".osano-cm-window",
};
