import { createRoot } from "react-dom/client";
import { BrowserRouter } from "react-router";
import { ConsentProvider } from "@consent-server/react";
import App from "./App.jsx";

createRoot(document.getElementById("root")).render(
  <ConsentProvider service="https://consent.example.com" site="shop">
    <BrowserRouter>
      <App />
    </BrowserRouter>
  </ConsentProvider>,
);
