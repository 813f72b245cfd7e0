import { QueryClientProvider } from '@tanstack/react-query';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { BrowserRouter } from 'react-router';
import { App } from './App';
import { ErrorBoundary } from './components/ErrorBoundary';
import { chosenLocale, showLanguage } from './i18n';
import { queries } from './services/queryClient';
import './styles/index.css';

const root = document.getElementById('root');
if (!root) throw new Error('The page has no root element.');

// The words come first: nothing is shown without them.
void showLanguage(chosenLocale()).then(() =>
  createRoot(root).render(
    <StrictMode>
      <ErrorBoundary>
        <QueryClientProvider client={queries}>
          <BrowserRouter>
            <App />
          </BrowserRouter>
        </QueryClientProvider>
      </ErrorBoundary>
    </StrictMode>,
  ),
);
